// aws-chunked bodies: S3's uploads in chunks that are signed one by one, or closed by trailing checksums, or both.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// Owns: what has arrived of the line or the signed chunk that is being read.
// Never: lets a byte of a signed chunk out before its signature is good.

import { hash, timingSafeEqual } from 'node:crypto';
import { BodyRejected } from './body-rejected.ts';
import { EMPTY_SHA256, scopeText, sign } from './sigv4.ts';
import type { CredentialScope, SigningKey } from './sigv4.ts';

export type ChunkScheme =
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  | 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

const SCHEMES: readonly ChunkScheme[] = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
];

/** The scheme that x-amz-content-sha256 names, if it names one. */
export function chunkScheme(payloadHash: string | undefined): ChunkScheme | undefined {
  return SCHEMES.find((scheme) => scheme === payloadHash);
}

/** What the chunks' signatures are made with; each signs the one before it, the first that of the request. */
export interface ChunkSigning {
  readonly key: SigningKey;
  readonly amzDate: string;
  readonly scope: CredentialScope;
  readonly seedSignature: string;
}

export interface ChunkedRequest {
  readonly source: AsyncIterable<Uint8Array>;
  /** Undefined for STREAMING-UNSIGNED-PAYLOAD-TRAILER; `unchecked` where the request's own signature is not checked either. */
  readonly signing: ChunkSigning | 'unchecked' | undefined;
  readonly hasTrailer: boolean;
  /** From x-amz-decoded-content-length. */
  readonly decodedLength: number;
  /** A signed chunk is held until its signature is good: this bounds the memory of one upload. */
  readonly chunkBytesMax: number;
  /** Called with the trailing headers once they are read, before the stream ends. */
  onTrailers(trailers: ReadonlyMap<string, string>): void;
}

/** SDKs send chunks of 64 KiB to 128 KiB; AWS's own limit is not published. */
export const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
const LINE_BYTES_MAX = 4096;
const TRAILERS_MAX = 16;

/** The bytes inside the chunks. Throws BodyRejected at the first that is not as it was signed or announced. */
export async function* decodeChunks(request: ChunkedRequest): AsyncGenerator<Uint8Array> {
  const { signing, decodedLength } = request;
  const input = new ByteQueue(request.source);
  let previous = typeof signing === 'object' ? signing.seedSignature : '';
  let total = 0;
  for (;;) {
    const { size, signature } = parseChunkHeader(await input.line(), signing !== undefined);
    total += size;
    if (total > decodedLength)
      throw new BodyRejected('IncompleteBody', 'The body has more bytes than x-amz-decoded-content-length announced.');
    if (typeof signing !== 'object') {
      yield* input.passThrough(size);
    } else {
      if (size > request.chunkBytesMax)
        throw new BodyRejected('InvalidChunkSizeError', `A signed chunk must not have more than ${request.chunkBytesMax} bytes.`);
      const data = await input.take(size);
      const expected = sign(signing.key, chunkText(signing, previous, hash('sha256', data, 'hex')));
      requireEqual(expected, signature);
      previous = expected;
      if (size > 0) yield data;
    }
    if (size === 0) break;
    await input.expectLineEnd();
  }
  if (total !== decodedLength)
    throw new BodyRejected(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the x-amz-decoded-content-length header.',
    );
  if (request.hasTrailer) request.onTrailers(await readTrailers(input, signing, previous));
  else await input.expectLineEnd();
  await input.expectEnd();
}

interface ChunkHeader {
  readonly size: number;
  readonly signature: string;
}

/** `10000;chunk-signature=<64 hex digits>`, or `10000` where chunks are not signed. */
function parseChunkHeader(line: string, isSigned: boolean): ChunkHeader {
  const parts = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (parts === null || (parts[2] !== undefined) !== isSigned)
    throw new BodyRejected('InvalidRequest', 'A chunk of the body has no readable header.');
  return { size: Number.parseInt(parts[1] ?? '', 16), signature: parts[2] ?? '' };
}

function chunkText({ amzDate, scope }: ChunkSigning, previous: string, dataHash: string): string {
  return `AWS4-HMAC-SHA256-PAYLOAD\n${amzDate}\n${scopeText(scope)}\n${previous}\n${EMPTY_SHA256}\n${dataHash}`;
}

/** Lines of `name:value`, ended by an empty one. Where chunks are signed, the last is the trailer's own signature. */
async function readTrailers(
  input: ByteQueue,
  signing: ChunkedRequest['signing'],
  previous: string,
): Promise<ReadonlyMap<string, string>> {
  const trailers = new Map<string, string>();
  let signature: string | undefined;
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size >= TRAILERS_MAX)
      throw new BodyRejected('MalformedTrailerError', 'The request contained trailing data that was not well-formed.');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') signature = value;
    else trailers.set(name, value);
  }
  if (typeof signing === 'object') {
    const canonical = [...trailers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
    const text = `AWS4-HMAC-SHA256-TRAILER\n${signing.amzDate}\n${scopeText(signing.scope)}\n${previous}\n${hash('sha256', canonical.join(''), 'hex')}`;
    requireEqual(sign(signing.key, text), signature ?? '');
  }
  return trailers;
}

function requireEqual(expected: string, given: string): void {
  const wanted = Buffer.from(expected, 'latin1');
  const found = Buffer.from(given, 'latin1');
  if (found.length !== wanted.length || !timingSafeEqual(found, wanted))
    throw new BodyRejected('SignatureDoesNotMatch', 'The signature of a chunk of the body does not match.');
}

/** Bytes from a stream, taken by line, by count, or as they come. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  #isDone = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** A line without its CR LF. The end of the stream ends a line too: some clients leave the last CR LF away. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end !== -1 && end <= LINE_BYTES_MAX) {
        const line = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#buffer.length > LINE_BYTES_MAX) throw new BodyRejected('InvalidRequest', 'A line of the chunked body is too long.');
      if (!(await this.#fill())) {
        const rest = this.#buffer.toString('latin1');
        this.#buffer = Buffer.alloc(0);
        return rest;
      }
    }
  }

  async expectLineEnd(): Promise<void> {
    if ((await this.line()) !== '') throw new BodyRejected('InvalidRequest', 'A chunk of the body is longer than it says.');
  }

  async expectEnd(): Promise<void> {
    if (this.#buffer.length > 0 || (await this.#fill()))
      throw new BodyRejected('InvalidRequest', 'The chunked body goes on after its last chunk.');
  }

  /** Grows by doubling: neither a large announcement nor a dribble of single bytes costs more than the bytes that came. */
  async take(size: number): Promise<Buffer> {
    if (this.#buffer.length >= size) {
      const taken = this.#buffer.subarray(0, size);
      this.#buffer = this.#buffer.subarray(size);
      return taken;
    }
    let taken = Buffer.allocUnsafe(Math.min(size, 64 * 1024));
    let length = 0;
    for await (const part of this.passThrough(size)) {
      if (length + part.length > taken.length) {
        const larger = Buffer.allocUnsafe(Math.min(size, Math.max(2 * taken.length, length + part.length)));
        taken.copy(larger, 0, 0, length);
        taken = larger;
      }
      length += part.copy(taken, length);
    }
    return taken;
  }

  async *passThrough(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      if (this.#buffer.length === 0 && !(await this.#fill())) throw incomplete();
      const part = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(part.length);
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }

  async #fill(): Promise<boolean> {
    if (this.#isDone) return false;
    const next = await this.#source.next();
    if (next.done) {
      this.#isDone = true;
      return false;
    }
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    return true;
  }
}

function incomplete(): BodyRejected {
  return new BodyRejected('IncompleteBody', 'The request body terminated unexpectedly.');
}
