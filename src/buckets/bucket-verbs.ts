// Buckets themselves: made, found, listed, set, removed.

import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import type { BucketRef } from '#store';
import { checkBucketName, locationOf } from './bucket-name.ts';
import {
  type Bucket,
  bucketOf,
  bucketRef,
  changeSettings,
  noSuchBucket,
  type RemovableDefault,
  requireBucket,
  settingsInJson,
} from './bucket-settings.ts';
import { checkCorsRules, type CorsRule } from './cors.ts';
import { checkNotifications, type NotificationConfiguration } from './notifications.ts';
import type { Room } from './room.ts';
import type { Tags } from './tags.ts';

export interface NewBucket extends BucketRef {
  readonly locationConstraint?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** Making one's own bucket again changes nothing and is no error, as in us-east-1: rclone does it before every upload. */
export async function createBucket(room: Room, request: NewBucket): Promise<Bucket> {
  const { scope, bucket, tags } = request;
  checkBucketName(bucket);
  const location = locationOf(request.locationConstraint);
  const createdAtMs = room.clock.now();
  const settings = { location, ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }) };
  await room.objects.createBucket({ scope, bucket }, settingsInJson(settings), createdAtMs);
  return requireBucket(room.objects, { scope, bucket });
}

export async function removeBucket(room: Room, ref: BucketRef): Promise<void> {
  const outcome = await room.objects.removeBucket(bucketRef(ref));
  switch (outcome) {
    case 'removed':
      return;
    case 'noBucket':
      throw noSuchBucket(ref.bucket);
    case 'notEmpty':
      throw new ApiError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { fields: { BucketName: ref.bucket } });
    default:
      outcome satisfies never;
  }
}

export interface BucketsPage {
  readonly buckets: readonly Bucket[];
  /** Pass it as `after` to go on; undefined at the end. */
  readonly next: string | undefined;
}

export async function listBuckets(
  room: Room,
  query: {
    readonly scope: Scope;
    readonly prefix?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<BucketsPage> {
  const { scope, prefix, after, limit } = query;
  const rows = await room.objects.listBuckets(scope, { prefix, after, limit });
  const last = rows.at(-1)?.bucket;
  const isFull = rows.length === limit && last !== undefined;
  const more = isFull ? await room.objects.listBuckets(scope, { prefix, after: last, limit: 1 }) : [];
  return { buckets: rows.map(bucketOf), next: more.length > 0 ? last : undefined };
}

export async function setBucketTags(room: Room, ref: BucketRef, tags: Tags | undefined): Promise<void> {
  await changeSettings(room.objects, ref, (settings) => ({ ...settings, tags }));
}

export async function setCors(room: Room, ref: BucketRef, cors: readonly CorsRule[] | undefined): Promise<void> {
  if (cors !== undefined) checkCorsRules(cors);
  await changeSettings(room.objects, ref, (settings) => ({ ...settings, cors }));
}

export async function setRemoved(room: Room, ref: BucketRef, name: RemovableDefault, isRemoved: boolean): Promise<void> {
  await changeSettings(room.objects, ref, (settings) => {
    const others = (settings.removed ?? []).filter((other) => other !== name);
    return { ...settings, removed: isRemoved ? [...others, name] : others };
  });
}

export interface NotificationChange {
  readonly skipsValidation: boolean;
  readonly requestId: string;
}

/** Queues and topics that were found to be there get a test event, as the last of S3's checks. */
export async function setNotifications(
  room: Room,
  ref: BucketRef,
  configuration: NotificationConfiguration,
  { skipsValidation, requestId }: NotificationChange,
): Promise<void> {
  const { scope, bucket } = ref;
  checkNotifications(configuration, scope.region);
  await requireBucket(room.objects, ref);
  if (!skipsValidation) await validateDestinations(room, ref, configuration);
  const isEmpty = configuration.rules.length === 0 && !configuration.tellsEventBridge;
  await changeSettings(room.objects, ref, (settings) => ({ ...settings, notifications: isEmpty ? undefined : configuration }));
  if (skipsValidation) return;
  const tested = configuration.rules.filter((rule, index, rules) => rules.findIndex(({ arn }) => arn === rule.arn) === index);
  const atMs = room.clock.now();
  await room.sendTestEvents(
    tested.filter(({ kind }) => kind !== 'function').map((rule) => ({ scope, bucket, rule, requestId, atMs })),
  );
}

/** Every destination that would not take an event is named, with the reason, as S3 does it. */
async function validateDestinations(room: Room, ref: BucketRef, { rules }: NotificationConfiguration): Promise<void> {
  const bucketArn = `arn:aws:s3:::${ref.bucket}`;
  const fields: Record<string, string> = {};
  const asked = new Map(rules.map(({ kind, arn }) => [arn, kind]));
  for (const [arn, kind] of asked) {
    const verdict = await room.validateDestination({ scope: ref.scope, bucketArn, kind, arn });
    if (verdict.kind === 'valid') continue;
    const number = Object.keys(fields).length / 2 + 1;
    fields[`ArgumentName${number}`] = arn;
    fields[`ArgumentValue${number}`] = verdict.reason;
  }
  if (Object.keys(fields).length > 0)
    throw new ApiError('InvalidArgument', 'Unable to validate the following destination configurations', { fields });
}
