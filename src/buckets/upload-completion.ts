// How an upload ends: its parts are checked against what the caller names, and become one object in one step.

import { createHash } from 'node:crypto';
import { ApiError, LIMITS } from '#kernel';
import type { ObjectCondition, ObjectEntry, UploadPart, UploadRef } from '#store';
import { bucketRef, requireBucket, uploadRef } from './bucket-settings.ts';
import { joinChecksums, type Checksum } from './checksums.ts';
import { attributesInJson, attributesOf, type MultipartOrigin } from './object-attributes.ts';
import type { Actor } from './object-change.ts';
import type { WrittenObject } from './objects.ts';
import type { Room } from './room.ts';
import { partOf, requireUpload, type UploadDescription } from './uploads.ts';
import { deliveriesOf, invalidPart, makeVisible } from './visible-step.ts';

export interface CompletionRequest extends UploadRef {
  readonly parts: readonly NamedPart[];
  readonly condition: ObjectCondition;
  /** What the caller says that the whole has: `value` in base64, with `-N` behind it when it is composite. */
  readonly expected: { readonly bytes?: number | undefined; readonly checksum?: Pick<Checksum, 'algorithm' | 'value'> | undefined };
  readonly actor: Actor;
}

export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  /** Base64, of any of the algorithms that there are. */
  readonly checksum?: string | undefined;
}

const PAGE = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeUpload(room: Room, request: CompletionRequest): Promise<WrittenObject> {
  const bucket = await requireBucket(room.objects, request);
  checkOrder(request.parts);
  const completed = await completedBefore(room, request);
  if (completed !== undefined) return writtenOf(completed);
  const { description } = await requireUpload(room.objects, request);
  const parts = choose(request.parts, await allParts(room, request));
  const { key, condition, actor } = request;
  const bytes = parts.reduce((sum, part) => sum + part.blob.bytes, 0);
  const etag = multipartEtag(parts);
  const checksum = checksumOf(description, parts);
  checkExpected(request, { bytes, checksum, parts: parts.length });
  const attributes = attributesInJson({ ...description, checksum, multipart: originOf(request.uploadId, parts) });
  let lastModifiedMs = 0;
  await makeVisible(room, {
    ref: request,
    condition,
    written: [],
    run() {
      const { atMs, sequencer } = room.sequence.next();
      lastModifiedMs = atMs;
      const entry: ObjectEntry = { key, blobs: parts.map(({ blob }) => blob), bytes, etag, lastModifiedMs, attributes };
      const object = { bytes, etag };
      const event = 's3:ObjectCreated:CompleteMultipartUpload';
      const deliveries = deliveriesOf(room, bucket, { event, key, actor, atMs, sequencer, object });
      return room.objects.completeUpload(uploadRef(request), entry, condition, deliveries);
    },
  });
  return { etag, bytes, lastModifiedMs, checksum };
}

/** A completion whose answer was lost is sent again: while its object is there, it gets the same answer. */
async function completedBefore(room: Room, request: CompletionRequest): Promise<ObjectEntry | undefined> {
  const [entry, upload] = await Promise.all([
    room.objects.get(bucketRef(request), request.key),
    room.objects.getUpload(uploadRef(request)),
  ]);
  if (upload !== undefined || entry === undefined) return undefined;
  return attributesOf(entry).multipart?.uploadId === request.uploadId ? entry : undefined;
}

function writtenOf(entry: ObjectEntry): WrittenObject {
  return { etag: entry.etag, bytes: entry.bytes, lastModifiedMs: entry.lastModifiedMs, checksum: attributesOf(entry).checksum };
}

function checkOrder(parts: readonly NamedPart[]): void {
  if (parts.length === 0) throw new ApiError('MalformedXML', 'The list of parts is empty: name at least one part.');
  if (parts.length > LIMITS.uploadParts)
    throw new ApiError('InvalidArgument', `An upload has at most ${LIMITS.uploadParts} parts.`);
  if (parts.some(({ number }, index) => index > 0 && number <= (parts[index - 1]?.number ?? 0)))
    throw new ApiError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
    );
}

async function allParts(room: Room, ref: UploadRef): Promise<ReadonlyMap<number, UploadPart>> {
  const parts = new Map<number, UploadPart>();
  let after = 0;
  for (;;) {
    const page = await room.objects.listParts(uploadRef(ref), { after, limit: PAGE });
    for (const part of page) parts.set(part.number, part);
    if (page.length < PAGE) return parts;
    after = page.at(-1)?.number ?? after;
  }
}

function choose(named: readonly NamedPart[], stored: ReadonlyMap<number, UploadPart>): readonly UploadPart[] {
  return named.map(({ number, etag, checksum }, index) => {
    const part = stored.get(number);
    if (part === undefined || part.etag !== etag) throw invalidPart(number);
    const { checksum: known } = partOf(part);
    if (checksum !== undefined && known !== undefined && checksum !== known) throw invalidPart(number);
    if (index < named.length - 1 && part.blob.bytes < LIMITS.uploadPartBytesMin)
      throw new ApiError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        fields: { ProposedSize: part.blob.bytes, MinSizeAllowed: LIMITS.uploadPartBytesMin, PartNumber: number, ETag: part.etag },
      });
    return part;
  });
}

/** The MD5 of the parts' MD5s, and how many they are. */
export function multipartEtag(parts: readonly Pick<UploadPart, 'etag'>[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}

function checksumOf({ checksum }: UploadDescription, parts: readonly UploadPart[]): Checksum | undefined {
  if (checksum === undefined) return undefined;
  const known = parts.map((part) => ({ value: partOf(part).checksum ?? '', bytes: part.blob.bytes }));
  return joinChecksums(checksum.algorithm, checksum.type, known);
}

function checkExpected(
  { expected }: CompletionRequest,
  found: { readonly bytes: number; readonly checksum: Checksum | undefined; readonly parts: number },
): void {
  if (expected.bytes !== undefined && expected.bytes !== found.bytes)
    throw new ApiError(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expected.bytes} does not match what was computed: ${found.bytes}`,
    );
  if (expected.checksum === undefined) return;
  const { algorithm, value } = expected.checksum;
  if (found.checksum?.algorithm !== algorithm)
    throw new ApiError('InvalidRequest', `The upload was not created with the checksum algorithm ${algorithm}.`);
  if (value !== found.checksum.value && value !== `${found.checksum.value}-${found.parts}`)
    throw new ApiError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
}

function originOf(uploadId: string, parts: readonly UploadPart[]): MultipartOrigin {
  const isConsecutive = parts.every(({ number }, index) => number === index + 1);
  const checksums = parts.map((part) => partOf(part).checksum ?? '').join('');
  return {
    uploadId,
    ...(isConsecutive ? {} : { numbers: parts.map(({ number }) => number) }),
    ...(checksums === '' ? {} : { checksums }),
  };
}
