// The platform's end of one streamed response: chunks as they come out of a sandbox, which sends no more than its reader has room for.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
//
// Owns: the credit of one invocation's response, and the bytes of it that wait for their reader.
// Never: holds more than the window, or believes a sandbox that sends what it was not given credit for.
// Invariants:
//   I1 The bytes that wait here and those that may still come are together never more than the window.
//   I2 The body ends after its last byte, and ends likewise where the function failed: only the outcome tells the two apart.
//   I3 What waits costs little more memory than it has bytes, however small the pieces are in which it comes.
//   I4 That its reader is gone is told to the sandbox once; what comes afterwards within its credit is dropped.

import { Readable } from 'node:stream';

import { LIMITS } from '#kernel';
import type { StreamedResponse } from './sandbox.ts';

export interface ResponseStreamOptions {
  /** Called before the first byte, at most once. */
  readonly onStream: (response: StreamedResponse) => void;
  /** Tells the sandbox that it may send so many bytes more. */
  readonly grant: (bytes: number) => void;
  /** Tells the sandbox that nobody reads its response any more. */
  readonly tellGone: () => void;
}

/** Grants are made in quarters of the window: one frame back for several chunks. */
const GRANT_BYTES_MIN = LIMITS.streamWindowBytes / 4;
/** I3: smaller chunks are copied together while their reader is behind. One of a single byte would hold on to a whole read of the channel. */
const SMALL_BYTES = 4096;
const GATHERED_BYTES = 16 * 1024;
/** What may stand in a header: the type comes out of a sandbox and goes into an answer's head. */
const CONTENT_TYPE = /^[\t\x20-\x7e]{1,256}$/;

export class ResponseStream {
  readonly #options: ResponseStreamOptions;
  #state: 'silent' | 'flowing' | 'dropping' | 'ended' = 'silent';
  #body: Body | undefined;
  /** Granted and not yet come. */
  #credit: number = LIMITS.streamWindowBytes;
  #receivedBytes = 0;
  /** Small chunks, behind all that the body has. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;

  constructor(options: ResponseStreamOptions) {
    this.#options = options;
  }

  get hasBegun(): boolean {
    return this.#state !== 'silent';
  }

  /** What the next chunk may have at most; undefined while there may be none. */
  get chunkBytesMax(): number | undefined {
    if (this.#state !== 'flowing' && this.#state !== 'dropping') return undefined;
    return Math.min(LIMITS.streamChunkBytes, this.#credit);
  }

  /** Returns what is wrong with it, if anything is. */
  begin(contentType: unknown): string | undefined {
    if (this.#state !== 'silent') return 'a response that begins twice';
    if (contentType !== undefined && !(typeof contentType === 'string' && CONTENT_TYPE.test(contentType)))
      return 'a content type that is none';
    this.#state = 'flowing';
    const body = new Body({
      onRead: () => this.#refill(),
      onDestroyed: () => this.#abandon(),
    });
    this.#body = body;
    this.#options.onStream({ contentType, body });
    return undefined;
  }

  /** Returns what is wrong with it, if anything is. */
  chunk(bytes: Uint8Array): string | undefined {
    const max = this.chunkBytesMax;
    if (max === undefined) return 'a chunk of a response that has not begun';
    if (bytes.byteLength === 0) return 'an empty chunk';
    if (bytes.byteLength > max) return `a chunk of ${bytes.byteLength} bytes where ${max} are allowed`;
    this.#credit -= bytes.byteLength;
    this.#receivedBytes += bytes.byteLength;
    if (this.#receivedBytes > LIMITS.streamedResponseBytes) return `a response of more than ${LIMITS.streamedResponseBytes} bytes`;
    if (this.#state === 'flowing') this.#pass(bytes);
    return undefined;
  }

  /** Nothing more comes, for whatever reason. Safe to call twice. */
  end(): void {
    const wasFlowing = this.#state === 'flowing';
    this.#state = 'ended';
    if (!wasFlowing) return;
    this.#passGathered();
    this.#body?.push(null);
  }

  /** A reader that keeps up gets every chunk as it comes. */
  #pass(bytes: Uint8Array): void {
    const isBehind = this.#gatheredBytes > 0 || (this.#body?.readableLength ?? 0) > 0;
    if (!isBehind || bytes.byteLength >= SMALL_BYTES) {
      this.#passGathered();
      this.#body?.push(bytes);
      return;
    }
    if (this.#gatheredBytes + bytes.byteLength > GATHERED_BYTES) this.#passGathered();
    this.#gathered ??= Buffer.allocUnsafe(GATHERED_BYTES);
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes += bytes.byteLength;
  }

  #passGathered(): void {
    const bytes = this.#gathered?.subarray(0, this.#gatheredBytes);
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    if (bytes !== undefined) this.#body?.push(bytes);
  }

  #refill(): void {
    if (this.#state !== 'flowing') return;
    this.#passGathered();
    const bytes = LIMITS.streamWindowBytes - this.#credit - (this.#body?.readableLength ?? 0);
    if (bytes < GRANT_BYTES_MIN) return;
    this.#credit += bytes;
    this.#options.grant(bytes);
  }

  #abandon(): void {
    if (this.#state !== 'flowing') return;
    this.#state = 'dropping';
    this.#gathered = undefined;
    this.#options.tellGone();
  }
}

interface BodyOptions {
  readonly onRead: () => void;
  readonly onDestroyed: () => void;
}

class Body extends Readable {
  readonly #options: BodyOptions;

  constructor(options: BodyOptions) {
    super({ highWaterMark: GRANT_BYTES_MIN });
    this.#options = options;
  }

  /** Bytes that left at once, without waiting here, are followed by a `read(0)` of Node's own. */
  override read(size?: number): unknown {
    const taken: unknown = super.read(size);
    // Not in _read: Node calls that before it has taken the bytes off, and not again until more were pushed.
    this.#options.onRead();
    return taken;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#options.onDestroyed();
    done(error);
  }
}
