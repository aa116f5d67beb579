// Takes a body in: one pass that writes the blob, makes the MD5 for the ETag, and checks everything that the sender announced.

import { createHash } from 'node:crypto';
import { ApiError } from '#kernel';
import type { Blobs, BlobSpan, BlobWriter } from '#store';
import { startChecksum, type ChecksumAlgorithm } from './checksums.ts';

export interface Content {
  /** Throws when the sender is gone, or when what came is not what was signed. */
  readonly body: AsyncIterable<Uint8Array>;
  /** How many bytes the sender announced. */
  readonly bytes: number;
  /** Content-MD5, in base64. */
  readonly md5?: string | undefined;
  /** What to make besides the MD5; `value` is what the sender says it is, when it says so beforehand. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string | undefined } | undefined;
}

export interface TakenIn {
  /** None for an empty body, and for one that was kept. */
  readonly blob: BlobSpan | undefined;
  /** All of a body that was small enough to be kept. */
  readonly kept: Buffer | undefined;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly md5: string;
  /** Base64. */
  readonly checksum: string | undefined;
}

/** Bodies of up to `keptBytes` make no blob. Nothing is left behind unless it resolves. */
export async function takeIn(blobs: Blobs, content: Content, keptBytes = 0): Promise<TakenIn> {
  const kept: Uint8Array[] | undefined = content.bytes > 0 && content.bytes <= keptBytes ? [] : undefined;
  const md5 = createHash('md5');
  const checksum = content.checksum === undefined ? undefined : startChecksum(content.checksum.algorithm);
  let writer: BlobWriter | undefined;
  try {
    let bytes = 0;
    for await (const chunk of content.body) {
      bytes += chunk.length;
      if (bytes > content.bytes) throw incomplete(content.bytes, bytes);
      if (chunk.length === 0) continue;
      let written: Promise<void> | undefined;
      if (kept === undefined) written = (writer ??= await blobs.create({ bytes: content.bytes })).write(chunk);
      else kept.push(chunk);
      // Meanwhile: the disk has its own thread.
      md5.update(chunk);
      checksum?.update(chunk);
      await written;
    }
    if (bytes !== content.bytes) throw incomplete(content.bytes, bytes);
    const digest = md5.digest();
    checkMd5(content.md5, digest);
    const value = checksum?.digest();
    checkChecksum(content.checksum, value);
    const blob = await writer?.commit();
    return { blob, kept: kept && Buffer.concat(kept), bytes, md5: digest.toString('hex'), checksum: value };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function incomplete(announced: number, received: number): ApiError {
  return new ApiError('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header', {
    fields: { NumberBytesExpected: announced, NumberBytesProvided: received },
  });
}

function checkMd5(announced: string | undefined, digest: Buffer): void {
  if (announced === undefined || announced === digest.toString('base64')) return;
  throw new ApiError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
    fields: { ExpectedDigest: announced, CalculatedDigest: digest.toString('base64') },
  });
}

function checkChecksum(announced: Content['checksum'], value: string | undefined): void {
  if (announced?.value === undefined || announced.value === value) return;
  throw new ApiError('BadDigest', `The ${announced.algorithm} you specified did not match the calculated checksum.`);
}
