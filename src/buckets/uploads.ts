// Multipart uploads: begun, fed with parts in any order, listed, aborted. How they end in an object is in upload-completion.ts.

import { ApiError, LIMITS } from '#kernel';
import type { BucketRef, Json, ObjectIndex, Upload, UploadPart, UploadRef } from '#store';
import { bucketRef, requireBucket, uploadRef } from './bucket-settings.ts';
import { resolveCopyRange } from './byte-range.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { holdSource, type CopySource } from './copying.ts';
import { takeIn, type Content, type TakenIn } from './intake.ts';
import { checkMetadata, type ObjectDescription } from './object-attributes.ts';
import { checkObjectKey } from './object-key.ts';
import { openContent } from './object-reading.ts';
import type { ObjectRef, Room } from './room.ts';
import { makeVisible, noSuchUpload } from './visible-step.ts';

/** What is known from the beginning of what the object will be: the shape of an upload's attributes in the store. */
export interface UploadDescription extends ObjectDescription {
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
}

export interface UploadView extends UploadRef {
  readonly startedAtMs: number;
  readonly description: UploadDescription;
}

export interface PartView {
  readonly number: number;
  readonly bytes: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Base64, of the upload's algorithm. */
  readonly checksum?: string | undefined;
}

export async function startUpload(room: Room, ref: ObjectRef, description: UploadDescription): Promise<UploadRef> {
  checkObjectKey(ref.key);
  checkMetadata(description.metadata);
  const { scope, bucket, key } = ref;
  const startedAtMs = room.clock.now();
  // The time comes first, since uploads of one key are listed in the order in which they began.
  const uploadId = startedAtMs.toString(36).padStart(9, '0') + Buffer.from(room.random.bytes(24)).toString('base64url');
  const upload = { scope, bucket, key, uploadId, startedAtMs, attributes: description as unknown as Json };
  if ((await room.objects.createUpload(upload)) === 'noBucket') await requireBucket(room.objects, ref);
  return { scope, bucket, key, uploadId };
}

export async function requireUpload(objects: ObjectIndex, ref: UploadRef): Promise<UploadView> {
  const upload = await objects.getUpload(uploadRef(ref));
  if (upload !== undefined) return viewOf(upload);
  await requireBucket(objects, ref);
  throw noSuchUpload();
}

function viewOf(upload: Upload): UploadView {
  const { attributes, ...rest } = upload;
  return { ...rest, description: attributes as unknown as UploadDescription };
}

export function partOf(part: UploadPart): PartView {
  const { checksum } = part.attributes as { readonly checksum?: string };
  return { number: part.number, bytes: part.blob.bytes, etag: part.etag, lastModifiedMs: part.lastModifiedMs, checksum };
}

export interface PartRequest extends UploadRef {
  readonly number: number;
  readonly content: Content;
}

export interface StoredPartAnswer extends PartView {
  /** What the sender gave or the upload asks for. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

export async function putPart(room: Room, request: PartRequest): Promise<StoredPartAnswer> {
  const { number, content } = request;
  checkPartNumber(number);
  const { description } = await requireUpload(room.objects, request);
  const wanted = description.checksum?.algorithm;
  const given = content.checksum?.algorithm;
  if (wanted !== undefined && given !== undefined && wanted !== given)
    throw new ApiError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${given.toLowerCase()}`,
    );
  const checked = wanted === undefined || given !== undefined ? content : { ...content, checksum: { algorithm: wanted } };
  const taken = await takeIn(room.blobs, checked);
  const part = await storePart(room, request, { number, taken, keepsChecksum: wanted !== undefined });
  return { ...part, checksum: taken.checksum, algorithm: wanted ?? given };
}

export interface PartCopyRequest extends UploadRef {
  readonly number: number;
  readonly source: CopySource;
  /** `bytes=first-last`, of the source. */
  readonly range?: string | undefined;
}

export async function copyPart(room: Room, request: PartCopyRequest): Promise<StoredPartAnswer> {
  const { number, source, range: header } = request;
  checkPartNumber(number);
  const { description } = await requireUpload(room.objects, request);
  const algorithm = description.checksum?.algorithm;
  const held = await holdSource(room, source);
  try {
    const { bytes } = held.entry;
    const range = header === undefined ? { start: 0, end: bytes } : resolveCopyRange(header, bytes);
    if (range === undefined) throw invalidCopyRange(header, bytes);
    if (range.end - range.start > LIMITS.objectPutBytes)
      throw new ApiError(
        'InvalidRequest',
        `A part has at most ${LIMITS.objectPutBytes} bytes: give a smaller range of the source.`,
      );
    const body = await openContent(room, held.entry, range);
    const checksum = algorithm === undefined ? undefined : { algorithm };
    const taken = await takeIn(room.blobs, { body, bytes: range.end - range.start, checksum });
    const part = await storePart(room, request, { number, taken, keepsChecksum: true });
    return { ...part, algorithm };
  } finally {
    held.release();
  }
}

function invalidCopyRange(header: string | undefined, bytes: number): ApiError {
  return new ApiError(
    'InvalidArgument',
    `The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy, within the source of ${bytes} bytes.`,
    { fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } },
  );
}

async function storePart(
  room: Room,
  ref: UploadRef,
  { number, taken, keepsChecksum }: { readonly number: number; readonly taken: TakenIn; readonly keepsChecksum: boolean },
): Promise<PartView> {
  const blob = taken.blob ?? (await emptyBlob(room));
  const part: UploadPart = {
    number,
    blob,
    etag: taken.md5,
    lastModifiedMs: room.clock.now(),
    attributes: keepsChecksum && taken.checksum !== undefined ? { checksum: taken.checksum } : {},
  };
  await makeVisible(room, {
    ref,
    condition: { kind: 'none' },
    written: [blob.blob],
    run: () => room.objects.putPart(uploadRef(ref), part),
  });
  return partOf(part);
}

/** A part without bytes is still a part: it needs something to point at. */
async function emptyBlob(room: Room) {
  return (await room.blobs.create()).commit();
}

export function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= LIMITS.uploadParts) return;
  throw new ApiError('InvalidArgument', `Part number must be an integer between 1 and ${LIMITS.uploadParts}, inclusive`, {
    fields: { ArgumentName: 'partNumber', ArgumentValue: String(number) },
  });
}

export async function abortUpload(room: Room, ref: UploadRef): Promise<void> {
  const orphans = await room.objects.abortUpload(uploadRef(ref));
  if (orphans === undefined) {
    await requireBucket(room.objects, ref);
    throw noSuchUpload();
  }
  room.lifetimes.letGo(orphans);
}

export interface PartsPage {
  readonly upload: UploadView;
  readonly parts: readonly PartView[];
  readonly isTruncated: boolean;
}

export async function listParts(
  room: Room,
  ref: UploadRef,
  query: { readonly after: number; readonly limit: number },
): Promise<PartsPage> {
  const upload = await requireUpload(room.objects, ref);
  const parts = await room.objects.listParts(uploadRef(ref), { after: query.after, limit: query.limit + 1 });
  return { upload, parts: parts.slice(0, query.limit).map(partOf), isTruncated: query.limit > 0 && parts.length > query.limit };
}

export interface UploadsQuery extends BucketRef {
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly after?: string | undefined;
  readonly afterUploadId?: string | undefined;
  readonly limit: number;
}

export interface UploadsPage {
  readonly uploads: readonly UploadView[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

export async function listUploads(room: Room, query: UploadsQuery): Promise<UploadsPage> {
  const { prefix, delimiter, after, afterUploadId, limit } = query;
  await requireBucket(room.objects, query);
  const { uploads, commonPrefixes, truncated } = await room.objects.listUploads({
    ...bucketRef(query),
    prefix,
    delimiter,
    after,
    afterUploadId,
    limit,
  });
  return { uploads: uploads.map(viewOf), commonPrefixes, isTruncated: truncated };
}
