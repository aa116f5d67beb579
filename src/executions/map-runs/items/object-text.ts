// An object's content as text, piece by piece: unpacked where it is packed (by what it begins with, as names and headers may say nothing), and bounded.

import { PassThrough, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Buckets } from '#buckets';
import { LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import { ReaderFailure } from './reader-failure.ts';

export type ObjectPlace = { readonly scope: Scope; readonly bucket: string; readonly key: string };

export type Readers = {
  readonly buckets: Pick<Buckets, 'readObject'>;
  readonly signal: AbortSignal;
  /** Of all objects of the dataset, unpacked. */
  readonly read: { bytes: number };
};

export function uriOf({ bucket, key }: Pick<ObjectPlace, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}

/** Throws what the bucket refuses. A byte order mark is none of the text. */
export async function* textOf(readers: Readers, place: ObjectPlace): AsyncGenerator<string> {
  const { content } = await readers.buckets.readObject(place.scope, place.bucket, place.key);
  const decoder = new TextDecoder();
  for await (const chunk of await unpacked(content, place)) {
    readers.signal.throwIfAborted();
    readers.read.bytes += chunk.length;
    if (readers.read.bytes > LIMITS.mapReadBytes)
      throw new ReaderFailure(
        `The dataset has more than ${LIMITS.mapReadBytes} bytes up to ${uriOf(place)}. Read fewer with MaxItems, or divide it among more map runs.`,
      );
    yield decoder.decode(chunk, { stream: true });
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

async function unpacked(content: Readable, place: ObjectPlace): Promise<AsyncIterable<Buffer>> {
  const chunks = content.iterator({ destroyOnReturn: true }) as AsyncIterableIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return Readable.from([]);
  const all = Readable.from(startingWith(first.value, chunks), { objectMode: false });
  const starts = (magic: Buffer): boolean => first.value.subarray(0, magic.length).equals(magic);
  if (starts(GZIP)) return whole(all, createGunzip(), place);
  if (starts(ZSTD)) return whole(all, createZstdDecompress(), place);
  return all;
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

type Unpacker = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

async function* whole(packed: Readable, unpacker: Unpacker, place: ObjectPlace): AsyncGenerator<Buffer> {
  const plain = new PassThrough();
  // What goes wrong on the way is thrown to whoever reads the end of it.
  pipeline(packed, unpacker, plain, () => undefined);
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code?.startsWith('Z_') === true || code?.startsWith('ZSTD_') === true)
      throw new ReaderFailure(`${uriOf(place)} is compressed and cannot be unpacked: ${(error as Error).message}`, {
        cause: error,
      });
    throw error;
  }
}
