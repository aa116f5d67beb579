// A change of an object becomes the events that its bucket's notification configuration asks for. Pure, but for the ids that it draws.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

import {
  rulesFor,
  type BucketNotification,
  type BucketsDependencies,
  type DeliveriesFor,
  type ObjectChange,
  type TestEvent,
} from '#buckets';
import { EVENT_LANE } from '#invocation';
import type { Random } from '#kernel';
import { deliveryOfEntry } from '#outbox';
import type { OutboxEntry, RetryPolicy, Target } from '#outbox';
import type { DeliveryQueue, NewDelivery } from '#store';
import { busDetail, busDetailType, eventDocument, testDocument } from './bucket-event-documents.ts';

/**
 * S3 says nothing of how long it tries, only that events arrive at least once: this is what EventBridge promises, which keeps them
 * through a day on which their target is down.
 */
const RETRY: RetryPolicy = {
  maximumRetries: 185,
  maximumAgeSeconds: 86_400,
  backOff: { kind: 'exponential', leastMs: 1000, mostMs: 300_000 },
};

/** What S3 says to whoever subscribes by mail. */
const SUBJECT = 'Amazon S3 Notification';

/** What the buckets room is given: it accepts these deliveries in the step that makes the change visible. */
export function createBucketNotifications({ random }: { readonly random: Random }): DeliveriesFor {
  return (change, configuration) => [
    ...rulesFor(configuration, change.event, change.key).map((rule) => deliveryFor(change, rule, random.uuid())),
    ...(configuration.tellsEventBridge ? [busDelivery(change, random.uuid())] : []),
  ];
}

function deliveryFor(change: ObjectChange, rule: BucketNotification, id: string): NewDelivery {
  const payload = inJson(eventDocument(change, rule));
  if (rule.kind !== 'function') return deliveryOfEntry(entryOf(change, id, targetOf(rule), payload));
  const { traceHeader } = change.actor;
  return {
    id,
    scope: change.scope,
    lane: EVENT_LANE,
    target: rule.arn,
    payload,
    attributes: traceHeader === undefined ? {} : { traceHeader },
    acceptedAtMs: change.atMs,
    dueAtMs: change.atMs,
  };
}

function targetOf({ kind, arn }: BucketNotification): Target {
  return kind === 'topic' ? { kind, arn, subject: SUBJECT } : { kind: 'queue', arn };
}

function busDelivery(change: ObjectChange, id: string): NewDelivery {
  const { region, account } = change.scope;
  const target: Target = {
    kind: 'bus',
    arn: `arn:aws:events:${region}:${account}:event-bus/default`,
    source: 'aws.s3',
    detailType: busDetailType(change.event),
    resources: [arnOf(change.bucket)],
    timeMs: change.atMs,
  };
  return deliveryOfEntry(entryOf(change, id, target, inJson(busDetail(change))));
}

type Cause = Pick<ObjectChange, 'scope' | 'bucket' | 'atMs'> & { readonly actor?: ObjectChange['actor'] };

function entryOf({ scope, bucket, atMs, actor }: Cause, id: string, target: Target, payload: Uint8Array): OutboxEntry {
  const sender = { service: 's3.amazonaws.com', arn: arnOf(bucket) };
  return { id, scope, target, payload, sender, retry: RETRY, traceHeader: actor?.traceHeader, acceptedAtMs: atMs };
}

/** What queues and topics get when they are named in a configuration. */
export function createTestEvents(parts: {
  readonly random: Random;
  readonly deliveries: Pick<DeliveryQueue, 'accept'>;
}): BucketsDependencies['sendTestEvents'] {
  return async (events: readonly TestEvent[]) => {
    if (events.length === 0) return;
    const entries = events.map((event) => entryOf(event, parts.random.uuid(), targetOf(event.rule), inJson(testDocument(event))));
    await parts.deliveries.accept(entries.map(deliveryOfEntry));
  };
}

const arnOf = (bucket: string) => `arn:aws:s3:::${bucket}`;
const inJson = (document: unknown) => Buffer.from(JSON.stringify(document));
