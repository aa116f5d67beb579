// Bucket notifications: which change tells whom, and the document that AWS's own examples read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import type { BucketNotification, NotificationConfiguration, ObjectChange } from '#buckets';
import type { AccountId, Region } from '#kernel';
import type { NewDelivery } from '#store';
import { entryOfDelivery } from '#outbox';
import { eventDocument } from './bucket-event-documents.ts';
import { createBucketNotifications, createTestEvents } from './bucket-notifications.ts';

const thumbnails: BucketNotification = {
  id: 'thumbnails',
  kind: 'function',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails',
  events: ['s3:ObjectCreated:*'],
  prefix: 'photos/',
  suffix: '.jpg',
};
const removals: BucketNotification = {
  ...thumbnails,
  id: 'removals',
  events: ['s3:ObjectRemoved:Delete'],
  prefix: '',
  suffix: '',
};

const put: ObjectChange = {
  event: 's3:ObjectCreated:Put',
  scope: { account: '000000000000' as AccountId, region: 'us-east-1' as Region },
  bucket: 'album',
  key: 'photos/red flower+1.jpg',
  atMs: Date.UTC(2026, 10, 20, 12),
  actor: { requestId: '00000000-0000-4000-8000-000000000001', principalId: 'AWS:000000000000', sourceAddress: '127.0.0.1' },
  sequencer: '0195000000000000AB',
  object: { bytes: 1024, etag: 'd41d8cd98f00b204e9800998ecf8427e' },
};

let drawn = 0;
const random = { uuid: () => `id-${++drawn}`, bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
const deliveriesFor = createBucketNotifications({ random });
const rules = (...all: readonly BucketNotification[]): NotificationConfiguration => ({ rules: all, tellsEventBridge: false });

test('a change is delivered to every function whose events, prefix and suffix fit', () => {
  const targets = (change: ObjectChange) =>
    deliveriesFor(change, rules(thumbnails, removals)).map(({ payload }) => nameOf(payload));
  assert.deepEqual(targets(put), ['thumbnails']);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectCreated:CompleteMultipartUpload' }), ['thumbnails']);
  assert.deepEqual(targets({ ...put, key: 'photos/notes.txt' }), []);
  assert.deepEqual(targets({ ...put, key: 'other/red.jpg' }), []);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectRemoved:Delete', object: undefined }), ['removals']);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectTagging:Put' }), []);
});

test('a delivery has an id of its own and is due at once', () => {
  const [one] = deliveriesFor(put, rules(thumbnails));
  const [other] = deliveriesFor(put, rules(thumbnails));
  assert.notEqual(one?.id, other?.id);
  assert.deepEqual(
    { lane: one?.lane, target: one?.target, scope: one?.scope, dueAtMs: one?.dueAtMs },
    { lane: 'invoke', target: thumbnails.arn, scope: put.scope, dueAtMs: put.atMs },
  );
});

test('the document has every member that S3 sends', () => {
  assert.deepEqual(eventDocument(put, thumbnails), {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: '2026-11-20T12:00:00.000Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:000000000000' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: {
          'x-amz-request-id': '00000000-0000-4000-8000-000000000001',
          'x-amz-id-2': 'EeWU9IGVjBDjAV0L8ER6IvBoqKZH9HXfFc4serS48/E=',
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'thumbnails',
          bucket: { name: 'album', ownerIdentity: { principalId: '000000000000' }, arn: 'arn:aws:s3:::album' },
          object: {
            key: 'photos/red+flower%2B1.jpg',
            size: 1024,
            eTag: 'd41d8cd98f00b204e9800998ecf8427e',
            sequencer: '0195000000000000AB',
          },
        },
      },
    ],
  });
});

test('what was removed has neither size nor ETag', () => {
  const [record] = eventDocument({ ...put, event: 's3:ObjectRemoved:Delete', object: undefined }, removals).Records;
  assert.deepEqual(record?.s3.object, { key: 'photos/red+flower%2B1.jpg', sequencer: put.sequencer });
});

test("a key is read back with the line that stands in AWS's examples", () => {
  check(
    property(string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (key) => {
      const [record] = eventDocument({ ...put, key }, thumbnails).Records;
      assert.equal(decodeURIComponent(record?.s3.object.key.replace(/\+/g, ' ') ?? ''), key);
    }),
  );
});

test('a queue and a topic get the same document, from the bucket', () => {
  const queue = { ...thumbnails, id: 'q', kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:photos' } as const;
  const topic = { ...thumbnails, id: 't', kind: 'topic', arn: 'arn:aws:sns:us-east-1:000000000000:photos' } as const;
  const traced = { ...put, actor: { ...put.actor, traceHeader: 'Root=1-a;Lineage=1:a87bd80c:0' } };
  const entries = deliveriesFor(traced, rules(queue, topic)).map(entryOfDelivery);
  assert.deepEqual(
    entries.map(({ target }) => target),
    [
      { kind: 'queue', arn: queue.arn },
      { kind: 'topic', arn: topic.arn, subject: 'Amazon S3 Notification' },
    ],
  );
  for (const [index, { payload, sender, traceHeader }] of entries.entries()) {
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), eventDocument(traced, index === 0 ? queue : topic));
    assert.deepEqual(sender, { service: 's3.amazonaws.com', arn: 'arn:aws:s3:::album' });
    assert.equal(traceHeader, traced.actor.traceHeader);
  }
  const [invoked] = deliveriesFor(traced, rules(thumbnails));
  assert.deepEqual(invoked?.attributes, { traceHeader: traced.actor.traceHeader }, 'so that a loop through the bucket is counted');
});

test('EventBridge is told of everything, in its own words', () => {
  const told = (change: ObjectChange) => {
    const [delivery, ...rest] = deliveriesFor(change, { rules: [], tellsEventBridge: true });
    assert.ok(delivery !== undefined && rest.length === 0);
    const { target, payload } = entryOfDelivery(delivery);
    assert.ok(target.kind === 'bus');
    assert.deepEqual(
      [target.arn, target.source, target.resources, target.timeMs],
      ['arn:aws:events:us-east-1:000000000000:event-bus/default', 'aws.s3', ['arn:aws:s3:::album'], put.atMs],
    );
    return [target.detailType, JSON.parse(Buffer.from(payload).toString())] as const;
  };
  const request = {
    'request-id': put.actor.requestId,
    requester: '000000000000',
    'source-ip-address': '127.0.0.1',
  };
  const base = { version: '0', bucket: { name: 'album' } };
  const key = 'photos/red flower+1.jpg';
  assert.deepEqual(told(put), [
    'Object Created',
    {
      ...base,
      object: { key, size: 1024, etag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0195000000000000AB' },
      ...request,
      reason: 'PutObject',
    },
  ]);
  assert.deepEqual(told({ ...put, event: 's3:ObjectRemoved:Delete', object: undefined }), [
    'Object Deleted',
    {
      ...base,
      object: { key, sequencer: '0195000000000000AB' },
      ...request,
      reason: 'DeleteObject',
      'deletion-type': 'Permanently Deleted',
    },
  ]);
  assert.deepEqual(told({ ...put, event: 's3:ObjectTagging:Put' }), [
    'Object Tags Added',
    { ...base, object: { key, etag: 'd41d8cd98f00b204e9800998ecf8427e' }, ...request },
  ]);
});

test('the test event has the members of S3’s', async () => {
  const accepted: NewDelivery[] = [];
  const send = createTestEvents({ random, deliveries: { accept: async (all) => void accepted.push(...all) } });
  const rule = { ...thumbnails, kind: 'topic', arn: 'arn:aws:sns:us-east-1:000000000000:photos' } as const;
  await send([{ scope: put.scope, bucket: 'album', rule, requestId: 'request', atMs: put.atMs }]);
  const [entry] = accepted.map(entryOfDelivery);
  assert.deepEqual(entry?.target, { kind: 'topic', arn: rule.arn, subject: 'Amazon S3 Notification' });
  assert.deepEqual(JSON.parse(Buffer.from(entry?.payload ?? []).toString()), {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2026-11-20T12:00:00.000Z',
    Bucket: 'album',
    RequestId: 'request',
    HostId: 'H1i5FFsk0QjXrDiIcziz6jIpgzucHkGCUDQ/kHv9EEc=',
  });
});

function nameOf(payload: Uint8Array): string {
  const document = JSON.parse(Buffer.from(payload).toString()) as ReturnType<typeof eventDocument>;
  return document.Records[0]?.s3.configurationId ?? '';
}
