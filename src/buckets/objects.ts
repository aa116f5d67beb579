// Objects: put, removed, tagged. Each change is one step of the store, with its deliveries in the same step.

import { ApiError } from '#kernel';
import type { BucketRef, ObjectCondition, ObjectEntry } from '#store';
import { bucketRef, requireBucket } from './bucket-settings.ts';
import type { Checksum } from './checksums.ts';
import { matchesEtag, preconditionFailed } from './conditions.ts';
import { takeIn, type Content } from './intake.ts';
import { attributesInJson, attributesOf, checkMetadata, INLINE_BYTES, type ObjectDescription } from './object-attributes.ts';
import type { Actor } from './object-change.ts';
import { checkObjectKey } from './object-key.ts';
import { refuseMissing } from './object-reading.ts';
import type { ObjectRef, Room } from './room.ts';
import type { Tags } from './tags.ts';
import { deliveriesOf, makeVisible } from './visible-step.ts';

export interface PutRequest extends ObjectRef {
  readonly content: Content;
  readonly description: ObjectDescription;
  readonly condition: ObjectCondition;
  readonly actor: Actor;
}

export interface WrittenObject {
  readonly etag: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
  readonly checksum: Checksum | undefined;
}

export async function putObject(room: Room, request: PutRequest): Promise<WrittenObject> {
  const { scope, bucket: name, key, content, description, condition, actor } = request;
  checkObjectKey(key);
  checkMetadata(description.metadata);
  const bucket = await requireBucket(room.objects, { scope, bucket: name });
  const taken = await takeIn(room.blobs, content, INLINE_BYTES);
  const { bytes, md5: etag } = taken;
  const blobs = taken.blob === undefined ? [] : [taken.blob];
  const checksum = checksumOf(content, taken.checksum);
  let lastModifiedMs = 0;
  await makeVisible(room, {
    ref: request,
    condition,
    written: blobs.map(({ blob }) => blob),
    run() {
      const { atMs, sequencer } = room.sequence.next();
      lastModifiedMs = atMs;
      const attributes = attributesInJson({ ...description, checksum, content: taken.kept?.toString('base64') });
      const entry: ObjectEntry = { key, blobs, bytes, etag, lastModifiedMs, attributes };
      const deliveries = deliveriesOf(room, bucket, {
        event: 's3:ObjectCreated:Put',
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
}

function checksumOf(content: Content, value: string | undefined): Checksum | undefined {
  if (content.checksum === undefined || value === undefined) return undefined;
  return { algorithm: content.checksum.algorithm, type: 'FULL_OBJECT', value };
}

export interface RemoveRequest extends BucketRef {
  readonly keys: readonly RemovedKey[];
  readonly actor: Actor;
}

export interface RemovedKey {
  readonly key: string;
  /** An entity tag, or `*` for any object. */
  readonly ifMatch?: string | undefined;
}

/** Removing what is not there is no error. Returns the keys that stayed, because what is there is not what was to be removed. */
export async function removeObjects(room: Room, request: RemoveRequest): Promise<readonly string[]> {
  const { keys, actor } = request;
  const bucket = await requireBucket(room.objects, request);
  const removals = keys.map(({ key, ifMatch }) => {
    const { atMs, sequencer } = room.sequence.next();
    const deliveries = deliveriesOf(room, bucket, { event: 's3:ObjectRemoved:Delete', key, actor, atMs, sequencer });
    return { key, condition: removalCondition(ifMatch), deliveries };
  });
  const { removed, orphans } = await room.objects.remove(bucketRef(bucket), removals);
  room.lifetimes.letGo(orphans);
  const gone = new Set(removed.map(({ key }) => key));
  const stayed: string[] = [];
  for (const { key, ifMatch } of keys) {
    if (ifMatch === undefined || gone.has(key)) continue;
    // The step does not say whether the object was another one or none at all.
    const entry = await room.objects.get(bucketRef(bucket), key);
    if (entry !== undefined && !matchesEtag(ifMatch, entry.etag)) stayed.push(key);
  }
  return stayed;
}

function removalCondition(ifMatch: string | undefined): ObjectCondition {
  if (ifMatch === undefined || ifMatch.trim() === '*') return { kind: 'none' };
  return { kind: 'etag', etag: ifMatch.trim().replace(/^"(.*)"$/, '$1') };
}

export async function removeObject(room: Room, request: ObjectRef & RemovedKey & { readonly actor: Actor }): Promise<void> {
  const stayed = await removeObjects(room, { ...request, keys: [request] });
  if (stayed.length > 0) throw preconditionFailed('If-Match');
}

/** How often tags are written again when the object is replaced at the same time. */
const ATTEMPTS = 10;

export interface TagRequest extends ObjectRef {
  /** None of them removes them all. */
  readonly tags: Tags;
  readonly actor: Actor;
}

export async function setObjectTags(room: Room, request: TagRequest): Promise<void> {
  const { key, tags, actor } = request;
  const event = Object.keys(tags).length === 0 ? 's3:ObjectTagging:Delete' : 's3:ObjectTagging:Put';
  const bucket = await requireBucket(room.objects, request);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = (await room.objects.get(bucketRef(bucket), key)) ?? (await refuseMissing(room, request));
    const { atMs, sequencer } = room.sequence.next();
    const object = { bytes: entry.bytes, etag: entry.etag };
    const deliveries = deliveriesOf(room, bucket, { event, key, actor, atMs, sequencer, object });
    const attributes = attributesInJson({ ...attributesOf(entry), tags });
    if (await room.objects.setAttributes(bucketRef(bucket), entry, attributes, deliveries)) return;
  }
  throw new ApiError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  );
}

export async function getObjectTags(room: Room, ref: ObjectRef): Promise<Tags> {
  const entry = (await room.objects.get(bucketRef(ref), ref.key)) ?? (await refuseMissing(room, ref));
  return attributesOf(entry).tags;
}
