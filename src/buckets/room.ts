// What the parts of this room share.

import type { Clock, Log, Random, Scope } from '#kernel';
import type { Blobs, BucketRef, ObjectIndex } from '#store';
import type { BlobLifetimes } from './blob-lifetimes.ts';
import type { SpareBuffers } from './content-stream.ts';
import type { BucketNotification, NotificationTarget } from './notifications.ts';
import type { ChangeSequence, DeliveriesFor } from './object-change.ts';

export interface ObjectRef extends BucketRef {
  readonly key: string;
}

export interface DestinationQuestion {
  readonly scope: Scope;
  readonly bucketArn: string;
  readonly kind: NotificationTarget;
  readonly arn: string;
}

/** Told to queues and topics when they are named in a configuration: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export interface TestEvent {
  readonly scope: Scope;
  readonly bucket: string;
  readonly rule: BucketNotification;
  readonly requestId: string;
  readonly atMs: number;
}

/** Whether it may be told of a bucket's events: it exists, and its policy lets `s3.amazonaws.com` in for the bucket. */
export type DestinationVerdict = { readonly kind: 'valid' } | { readonly kind: 'invalid'; readonly reason: string };

export interface BucketsDependencies {
  readonly objects: ObjectIndex;
  /** Holds the contents of objects alone: at the start, every blob that no object and no part points at is removed. */
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deliveriesFor: DeliveriesFor;
  readonly validateDestination: (question: DestinationQuestion) => Promise<DestinationVerdict>;
  /** Resolves when the events are on the disk. */
  readonly sendTestEvents: (events: readonly TestEvent[]) => Promise<void>;
}

export interface Room extends BucketsDependencies {
  readonly lifetimes: BlobLifetimes;
  readonly sequence: ChangeSequence;
  readonly buffers: SpareBuffers;
}
