// Copies: within the platform a copy is a second row that points at the same blobs. Bytes are read only where a checksum or an
// entity tag has to be made of them, and written only for a part of an upload.

import { createHash } from 'node:crypto';
import { ApiError, LIMITS } from '#kernel';
import type { ObjectCondition, ObjectEntry } from '#store';
import type { Held } from './blob-lifetimes.ts';
import { bucketRef, requireBucket } from './bucket-settings.ts';
import { startChecksum, type Checksum, type ChecksumAlgorithm } from './checksums.ts';
import { checkCopyConditions, type ReadConditions } from './conditions.ts';
import { attributesInJson, attributesOf, checkMetadata, type ContentHeaders, type Metadata } from './object-attributes.ts';
import type { Actor } from './object-change.ts';
import { checkObjectKey } from './object-key.ts';
import { openContent, refuseMissing } from './object-reading.ts';
import type { WrittenObject } from './objects.ts';
import type { ObjectRef, Room } from './room.ts';
import type { Tags } from './tags.ts';
import { deliveriesOf, makeVisible } from './visible-step.ts';

export interface CopySource extends ObjectRef {
  readonly conditions: ReadConditions;
}

export interface CopyRequest extends ObjectRef {
  readonly source: CopySource;
  /** In place of the source's; none to take over the source's. */
  readonly replacement?: { readonly headers: ContentHeaders; readonly metadata: Metadata } | undefined;
  readonly tags?: Tags | undefined;
  /** The copy's checksum; none to have the source's kind, if it has one. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly condition: ObjectCondition;
  readonly actor: Actor;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(room: Room, request: CopyRequest): Promise<WrittenObject> {
  checkObjectKey(request.key);
  if (request.replacement !== undefined) checkMetadata(request.replacement.metadata);
  refuseCopyOntoItself(request);
  const bucket = await requireBucket(room.objects, request);
  const held = await holdSource(room, request.source);
  try {
    const { bytes, blobs } = held.entry;
    if (bytes > LIMITS.objectPutBytes)
      throw new ApiError(
        'InvalidRequest',
        `The specified copy source is larger than the maximum allowable size for a copy source: ${LIMITS.objectPutBytes}`,
      );
    const { etag, checksum } = await identityOfCopy(room, held.entry, request.checksumAlgorithm);
    const source = attributesOf(held.entry);
    const { headers, metadata } = request.replacement ?? source;
    const attributes = attributesInJson({
      headers,
      metadata,
      tags: request.tags ?? source.tags,
      checksum,
      content: source.content,
    });
    let lastModifiedMs = 0;
    await makeVisible(room, {
      ref: request,
      condition: request.condition,
      written: [],
      run() {
        const { key, actor, condition } = request;
        const { atMs, sequencer } = room.sequence.next();
        lastModifiedMs = atMs;
        const entry: ObjectEntry = { key, blobs, bytes, etag, lastModifiedMs, attributes };
        const deliveries = deliveriesOf(room, bucket, {
          event: 's3:ObjectCreated:Copy',
          key,
          actor,
          atMs,
          sequencer,
          object: { bytes, etag },
        });
        return room.objects.put(bucketRef(bucket), entry, condition, deliveries);
      },
    });
    return { etag, bytes, lastModifiedMs, checksum };
  } finally {
    held.release();
  }
}

function refuseCopyOntoItself({ source, bucket, key, replacement, checksumAlgorithm }: CopyRequest): void {
  if (source.bucket !== bucket || source.key !== key || replacement !== undefined || checksumAlgorithm !== undefined) return;
  throw new ApiError(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** The source, whose bytes stay until it is released. */
export async function holdSource(room: Room, source: CopySource): Promise<Held> {
  const held = await room.lifetimes.hold(() => room.objects.get(bucketRef(source), source.key));
  if (held === undefined) return refuseMissing(room, source);
  try {
    checkCopyConditions(source.conditions, held.entry);
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/** A copy is no multipart object: its entity tag is the MD5 of its bytes, and its checksum is made over all of them. */
async function identityOfCopy(
  room: Room,
  entry: ObjectEntry,
  wanted: ChecksumAlgorithm | undefined,
): Promise<{ readonly etag: string; readonly checksum: Checksum | undefined }> {
  const { checksum, multipart } = attributesOf(entry);
  const algorithm = wanted ?? checksum?.algorithm;
  const isKept = algorithm === undefined || (checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT');
  if (isKept && multipart === undefined) return { etag: entry.etag, checksum };
  const md5 = createHash('md5');
  const running = algorithm === undefined ? undefined : startChecksum(algorithm);
  const content = await openContent(room, entry, { start: 0, end: entry.bytes });
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    md5.update(chunk);
    running?.update(chunk);
  }
  const made =
    algorithm === undefined || running === undefined
      ? undefined
      : { algorithm, type: 'FULL_OBJECT' as const, value: running.digest() };
  return { etag: md5.digest('hex'), checksum: made };
}
