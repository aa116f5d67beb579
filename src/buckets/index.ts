// buckets: objects as S3 knows them. Owner of what lies in buckets: its promise is that an object is there entirely or not at all,
// whatever is killed when; that a reader finishes what it began to read; and that a change and the events that tell of it become
// durable in one step.

export { createBuckets } from './buckets.ts';
export type { Buckets } from './buckets.ts';
export type { Bucket, BucketSettings, RemovableDefault } from './bucket-settings.ts';
export { allowsChecksumType, CHECKSUM_ALGORITHMS, defaultChecksumType, isChecksumAlgorithm, isChecksumValue } from './checksums.ts';
export type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
export { wholeSeconds, writeCondition } from './conditions.ts';
export type { ReadConditions } from './conditions.ts';
export { matchCors } from './cors.ts';
export type { CorsRule } from './cors.ts';
export type { ObjectEventName } from './event-names.ts';
export type { Content } from './intake.ts';
export { rulesFor } from './notifications.ts';
export type { BucketNotification, NotificationConfiguration, NotificationTarget } from './notifications.ts';
export type { ContentHeaders, Metadata, ObjectDescription, StoredPart } from './object-attributes.ts';
export type { Actor, DeliveriesFor, ObjectChange } from './object-change.ts';
export type { ListedObject } from './object-listing.ts';
export type { ObjectView, ReadRequest } from './object-reading.ts';
export type { WrittenObject } from './objects.ts';
export type { BucketsDependencies, DestinationQuestion, DestinationVerdict, ObjectRef, TestEvent } from './room.ts';
export { bucketTags, objectTags, tagsFromHeader } from './tags.ts';
export type { Tags } from './tags.ts';
export type { NamedPart } from './upload-completion.ts';
export type { PartView, UploadView } from './uploads.ts';
