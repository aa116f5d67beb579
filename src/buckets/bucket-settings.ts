// What a bucket is set to: the shape of its attributes in the store, and the one way to change them.

import { ApiError } from '#kernel';
import type { BucketRef, BucketRow, Json, ObjectIndex, UploadRef } from '#store';
import type { CorsRule } from './cors.ts';
import { readNotifications, type NotificationConfiguration, type StoredNotifications } from './notifications.ts';
import type { Tags } from './tags.ts';

export interface BucketSettings {
  /** The region that it was asked to be in; none for the default one. */
  readonly location?: string | undefined;
  readonly tags?: Tags | undefined;
  readonly cors?: readonly CorsRule[] | undefined;
  readonly notifications?: NotificationConfiguration | undefined;
  /**
   * Configurations that every new bucket has, and that somebody removed. Nothing follows from it (ACLs and public access are refused
   * in any case), but who removed one must not find it again: Terraform waits until it is gone.
   */
  readonly removed?: readonly RemovableDefault[] | undefined;
}

export type RemovableDefault = 'ownershipControls' | 'publicAccessBlock';

/** Nothing but what names it: requests know more, and the store copies whatever it is given to its own thread. */
export function bucketRef({ scope, bucket }: BucketRef): BucketRef {
  return { scope, bucket };
}

export function uploadRef({ scope, bucket, key, uploadId }: UploadRef): UploadRef {
  return { scope, bucket, key, uploadId };
}

export interface Bucket extends BucketRef {
  readonly createdAtMs: number;
  readonly settings: BucketSettings;
}

export function bucketOf(row: BucketRow): Bucket {
  const { scope, bucket, createdAtMs } = row;
  const stored = row.attributes as unknown as StoredSettings;
  const settings =
    stored.notifications === undefined ? stored : { ...stored, notifications: readNotifications(stored.notifications) };
  return { scope, bucket, createdAtMs, settings: settings as BucketSettings };
}

type StoredSettings = Omit<BucketSettings, 'notifications'> & { readonly notifications?: StoredNotifications };

/** Members without a value are not written, as JSON has it. */
export function settingsInJson(settings: BucketSettings): Json {
  return settings as unknown as Json;
}

export function noSuchBucket(bucket: string): ApiError {
  return new ApiError('NoSuchBucket', 'The specified bucket does not exist', { fields: { BucketName: bucket } });
}

export async function requireBucket(objects: ObjectIndex, ref: BucketRef): Promise<Bucket> {
  const row = await objects.getBucket(bucketRef(ref));
  if (row === undefined) throw noSuchBucket(ref.bucket);
  return bucketOf(row);
}

/** How often a change is tried again when others change the same bucket at the same time. */
const ATTEMPTS = 10;

export async function changeSettings(
  objects: ObjectIndex,
  ref: BucketRef,
  change: (settings: BucketSettings) => BucketSettings,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await objects.getBucket(bucketRef(ref));
    if (row === undefined) throw noSuchBucket(ref.bucket);
    if (await objects.setBucketAttributes(bucketRef(ref), row.revision, settingsInJson(change(bucketOf(row).settings)))) return;
  }
  throw new ApiError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  );
}
