// How a request's body is received: whole and bounded, or as a stream that proves itself while its handler reads it.
// Owns: the count of bytes that wait in memory, over all requests.
// Never: asks for a body before its sender is known, or holds more than it was allowed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzip } from 'node:zlib';
import { ApiError } from '#kernel';
import type { Clock } from '#kernel';
import { BodyRejected, checkBody, CHUNK_BYTES_MAX, chunkScheme, decodeChunks, MalformedRequest, readExpectations } from '#wire';
import type { ChunkSigning } from '#wire';
import { BodyTooLarge } from './failure.ts';

export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** With what a presigned URL moved into its query. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface BodyReceiverOptions {
  readonly clock: Clock;
  /** A sender that is silent for this long is given up. */
  readonly stallMs: number;
  /** All bodies that are received whole, together. */
  readonly bufferedBytesMax: number;
}

export interface StreamedBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of the decoded bytes, where it was announced. */
  readonly length: number | undefined;
  /** Filled when the stream has ended. */
  readonly trailers: ReadonlyMap<string, string>;
}

export class BodyReceiver {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #bufferedBytesMax: number;
  #bufferedBytes = 0;

  constructor({ clock, stallMs, bufferedBytesMax }: BodyReceiverOptions) {
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#bufferedBytesMax = bufferedBytesMax;
  }

  /**
   * The body as it comes, checked while it is read: length, hash, checksums, chunk signatures. It throws at its end if anything is wrong,
   * so what was read of it must not be believed before.
   */
  stream(arrival: Arrival, chunkSigning: ChunkSigning | 'unchecked' | undefined): StreamedBody {
    const { headers } = arrival;
    const scheme = chunkScheme(headers['x-amz-content-sha256']);
    const expected = readExpectations(headers, scheme !== undefined);
    const trailers = new Map<string, string>();
    let source = this.#arriving(arrival);
    if (scheme !== undefined) {
      if (expected.length === undefined)
        throw new ApiError('MissingContentLength', 'You must provide the x-amz-decoded-content-length header.');
      if (chunkSigning === undefined && scheme !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
        throw new BodyRejected('SignatureDoesNotMatch', 'A body with signed chunks needs a signed request.');
      source = decodeChunks({
        source,
        signing: scheme === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' ? undefined : chunkSigning,
        hasTrailer: scheme.endsWith('-TRAILER'),
        decodedLength: expected.length,
        chunkBytesMax: CHUNK_BYTES_MAX,
        onTrailers(received) {
          for (const [name, value] of received) trailers.set(name, value);
        },
      });
    }
    return { bytes: checkBody(source, expected, trailers), length: expected.length, trailers };
  }

  /** The whole body. Release it when the call is over, so that the next may be received. */
  async whole(arrival: Arrival, source: AsyncIterable<Uint8Array> | undefined, bytesMax: number): Promise<WholeBody> {
    const announced = Number(arrival.headers['content-length'] ?? 0);
    if (announced > bytesMax) throw new BodyTooLarge(bytesMax);
    if (isEmpty(arrival)) return { parts: [], bytes: EMPTY, release: () => undefined };
    const held = new Holding((change) => this.#hold(change));
    const parts: Uint8Array[] = [];
    const take = (part: Uint8Array) => {
      held.add(part.length);
      if (held.bytes > bytesMax) throw new BodyTooLarge(bytesMax);
      parts.push(part);
    };
    try {
      if (source === undefined) await this.#collect(arrival, take);
      else for await (const part of source) take(part);
    } catch (error) {
      held.release();
      throw error;
    }
    return new ReceivedBody(parts, held);
  }

  #hold(change: number): void {
    if (change > 0 && this.#bufferedBytes + change > this.#bufferedBytesMax)
      throw new ApiError('ServiceUnavailable', 'Too many large requests are being received at once; try again shortly.');
    this.#bufferedBytes += change;
  }

  /** Small bodies are the many, and events spare them the async iterator and its turns of the loop. */
  #collect({ request, response }: Arrival, take: (part: Uint8Array) => void): Promise<void> {
    acceptBody(request, response);
    return new Promise((resolve, reject) => {
      const watch = this.#watch(request);
      const end = (settle: () => void) => {
        watch.stop();
        request.off('data', onData).off('end', onEnd).off('close', onClose);
        request.pause();
        settle();
      };
      const onData = (part: Buffer) => {
        watch.progress();
        try {
          take(part);
        } catch (error) {
          end(() => reject(error));
        }
      };
      const onEnd = () => end(resolve);
      const onClose = () => end(() => reject(watch.failure()));
      request.on('data', onData).on('end', onEnd).on('close', onClose);
    });
  }

  /** The bytes from the socket. The sender is told to go on only now; silence ends it. */
  async *#arriving({ request, response }: Arrival): AsyncGenerator<Uint8Array> {
    acceptBody(request, response);
    const watch = this.#watch(request);
    try {
      for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        watch.pause();
        yield part;
        watch.progress();
      }
    } catch (error) {
      throw watch.failure(error);
    } finally {
      watch.stop();
    }
  }

  /** Gives up a sender that is silent while we wait for it; time that the reader takes does not count. */
  #watch(request: IncomingMessage): Watch {
    let isStalled = false;
    let hasMoved = false;
    let isPaused = false;
    const onTimer = () => {
      if (hasMoved || isPaused) {
        hasMoved = false;
        timer = this.#clock.after(this.#stallMs, onTimer);
      } else {
        isStalled = true;
        request.destroy();
      }
    };
    let timer = this.#clock.after(this.#stallMs, onTimer);
    return {
      pause() {
        isPaused = true;
      },
      progress() {
        isPaused = false;
        hasMoved = true;
      },
      stop: () => timer.cancel(),
      failure: (cause) =>
        isStalled
          ? new BodyRejected(
              'RequestTimeout',
              'Your socket connection to the server was not read from or written to within the timeout period.',
            )
          : new BodyRejected('IncompleteBody', 'The request body terminated unexpectedly.', { cause }),
    };
  }
}

interface Watch {
  pause(): void;
  progress(): void;
  stop(): void;
  failure(cause?: unknown): BodyRejected;
}

export interface WholeBody {
  /** As they came from the socket: for who puts them together with something else, without a copy between. */
  readonly parts: readonly Uint8Array[];
  readonly bytes: Uint8Array;
  release(): void;
}

class ReceivedBody implements WholeBody {
  readonly parts: readonly Uint8Array[];
  readonly #held: Holding;
  #bytes: Uint8Array | undefined;

  constructor(parts: readonly Uint8Array[], held: Holding) {
    this.parts = parts;
    this.#held = held;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.parts.length === 1 ? (this.parts[0] ?? EMPTY) : Buffer.concat(this.parts);
    return this.#bytes;
  }

  release(): void {
    this.#held.release();
  }
}

/** One request's share of the memory, given back once. */
class Holding {
  bytes = 0;
  readonly #change: (bytes: number) => void;

  constructor(change: (bytes: number) => void) {
    this.#change = change;
  }

  add(bytes: number): void {
    this.#change(bytes);
    this.bytes += bytes;
  }

  release(): void {
    this.#change(-this.bytes);
    this.bytes = 0;
  }
}

const EMPTY = new Uint8Array(0);

function isEmpty({ headers }: Arrival): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

const continued = new WeakSet<IncomingMessage>();

/** Tells a sender that waits with its body to send it: `Expect: 100-continue` is answered once, and only after the sender is known. */
export function acceptBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect === undefined || continued.has(request)) return;
  continued.add(request);
  response.writeContinue();
}

/** Whether the sender still waits to be told to send its body: if not, some of it may be on its way. */
export function awaitsContinue(request: IncomingMessage): boolean {
  return request.headers.expect !== undefined && !continued.has(request);
}

/** A compressed body is inflated after its signature was verified, and never beyond the bound. */
export function inflate(body: Uint8Array, encoding: string | undefined, bytesMax: number): Promise<Uint8Array> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return Promise.resolve(body);
  if (encoding !== 'gzip')
    throw new MalformedRequest(`The content encoding '${encoding.slice(0, 64)}' is not supported; send gzip or none.`);
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: bytesMax }, (error, inflated) => {
      if (error === null) resolve(inflated);
      else
        reject(
          (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
            ? new BodyTooLarge(bytesMax)
            : new MalformedRequest(`The body is not gzip: ${error.message}`),
        );
    });
  });
}
