// Bucket notifications: which change tells whom, and the document that AWS's own examples read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import type { FunctionNotification, ObjectChange } from '#buckets';
import type { AccountId, Region } from '#kernel';
import { createBucketNotifications, eventDocument } from './bucket-notifications.ts';

const thumbnails: FunctionNotification = {
  id: 'thumbnails',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails',
  events: ['s3:ObjectCreated:*'],
  prefix: 'photos/',
  suffix: '.jpg',
};
const removals: FunctionNotification = {
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
const deliveriesFor = createBucketNotifications({
  random: { uuid: () => `id-${++drawn}`, bytes: (count) => new Uint8Array(count), fraction: () => 0 },
});

test('a change is delivered to every function whose events, prefix and suffix fit', () => {
  const targets = (change: ObjectChange) => deliveriesFor(change, [thumbnails, removals]).map(({ payload }) => nameOf(payload));
  assert.deepEqual(targets(put), ['thumbnails']);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectCreated:CompleteMultipartUpload' }), ['thumbnails']);
  assert.deepEqual(targets({ ...put, key: 'photos/notes.txt' }), []);
  assert.deepEqual(targets({ ...put, key: 'other/red.jpg' }), []);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectRemoved:Delete', object: undefined }), ['removals']);
  assert.deepEqual(targets({ ...put, event: 's3:ObjectTagging:Put' }), []);
});

test('a delivery has an id of its own and is due at once', () => {
  const [one] = deliveriesFor(put, [thumbnails]);
  const [other] = deliveriesFor(put, [thumbnails]);
  assert.notEqual(one?.id, other?.id);
  assert.deepEqual(
    { lane: one?.lane, target: one?.target, scope: one?.scope, dueAtMs: one?.dueAtMs },
    { lane: 'invoke', target: thumbnails.functionArn, scope: put.scope, dueAtMs: put.atMs },
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

function nameOf(payload: Uint8Array): string {
  const document = JSON.parse(Buffer.from(payload).toString()) as ReturnType<typeof eventDocument>;
  return document.Records[0]?.s3.configurationId ?? '';
}
