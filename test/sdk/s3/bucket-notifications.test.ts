// PutBucketNotificationConfiguration and GetBucketNotificationConfiguration, with the real client, to the events that wait for functions.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type LambdaFunctionConfiguration,
  type NotificationConfiguration,
} from '@aws-sdk/client-s3';
import { OUTBOX_LANE } from '#outbox';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:111111111111:function:thumbnails';
const QueueArn = 'arn:aws:sqs:us-east-1:111111111111:photos';
const TopicArn = 'arn:aws:sns:us-east-1:111111111111:photos';
const configuration = (more: Partial<LambdaFunctionConfiguration> = {}): LambdaFunctionConfiguration => ({
  Id: 'photos',
  LambdaFunctionArn,
  Events: ['s3:ObjectCreated:*'],
  ...more,
});
const filter = (prefix: string, suffix: string) => ({
  Key: {
    FilterRules: [
      { Name: 'prefix' as const, Value: prefix },
      { Name: 'suffix' as const, Value: suffix },
    ],
  },
});
const put = (Bucket: string, NotificationConfiguration: NotificationConfiguration, more = {}) =>
  opened.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...more }));
const get = (Bucket: string) => opened.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));

describe('PutBucketNotificationConfiguration: serialisation', () => {
  test('what was put is got, and nothing removes it', async () => {
    const Bucket = await opened.bucket();
    assert.equal((await get(Bucket)).LambdaFunctionConfigurations, undefined);
    const one = configuration({ Filter: filter('photos/', '.jpg') });
    await put(Bucket, { LambdaFunctionConfigurations: [one] });
    assert.deepEqual((await get(Bucket)).LambdaFunctionConfigurations, [one]);
    await put(Bucket, {});
    assert.equal((await get(Bucket)).LambdaFunctionConfigurations, undefined);
  });

  test('queues, topics and EventBridge come back beside functions', async () => {
    const Bucket = await opened.bucket();
    const all: NotificationConfiguration = {
      LambdaFunctionConfigurations: [configuration()],
      QueueConfigurations: [{ Id: 'q', QueueArn, Events: ['s3:ObjectRemoved:*'], Filter: filter('in/', '.jpg') }],
      TopicConfigurations: [{ Id: 't', TopicArn, Events: ['s3:ObjectTagging:Put', 's3:ObjectTagging:Delete'] }],
      EventBridgeConfiguration: {},
    };
    await put(Bucket, all);
    const { $metadata: _metadata, ...got } = await get(Bucket);
    assert.deepEqual(got, all);
    await put(Bucket, { EventBridgeConfiguration: {} });
    assert.deepEqual((await get(Bucket)).EventBridgeConfiguration, {});
    assert.equal((await get(Bucket)).QueueConfigurations, undefined);
  });

  test('one without an id is given one that stays', async () => {
    const Bucket = await opened.bucket();
    const ids: (string | undefined)[] = [];
    for (const _ of [1, 2]) {
      await put(Bucket, { LambdaFunctionConfigurations: [configuration({ Id: undefined })] });
      ids.push((await get(Bucket)).LambdaFunctionConfigurations?.[0]?.Id);
    }
    assert.ok(ids[0]);
    assert.equal(ids[0], ids[1]);
  });
});

describe('PutBucketNotificationConfiguration: validation', () => {
  test('events, functions, filters and overlaps', async () => {
    const Bucket = await opened.bucket();
    const refused: readonly (readonly [readonly LambdaFunctionConfiguration[], RegExp])[] = [
      [[configuration({ Events: ['s3:Nonsense' as 's3:ObjectCreated:*'] })], /not supported|enum/],
      [[configuration({ LambdaFunctionArn: 'arn:aws:lambda:x' })], /could not be parsed/],
      [[configuration(), configuration({ Id: 'two' })], /Configurations overlap/],
      [
        [configuration({ Filter: filter('a', '.jpg') }), configuration({ Id: 'two', Filter: filter('ab', 'pg') })],
        /ambiguously defined/,
      ],
      [[configuration({ Filter: { Key: { FilterRules: [{ Name: 'infix' as 'prefix', Value: 'x' }] } } })], /prefix or suffix|enum/],
    ];
    for (const [configurations, message] of refused)
      await assert.rejects(
        put(Bucket, { LambdaFunctionConfigurations: [...configurations] }),
        error('InvalidArgument', 400, message),
      );
    assert.equal((await get(Bucket)).LambdaFunctionConfigurations, undefined);
  });

  test('queues and topics: what is none of them, FIFO ones, those of another region, and one event told twice', async () => {
    const Bucket = await opened.bucket();
    const Events: ['s3:ObjectCreated:*'] = ['s3:ObjectCreated:*'];
    const queue = (QueueArn: string) => ({ QueueConfigurations: [{ QueueArn, Events }] });
    const topic = (TopicArn: string) => ({ TopicConfigurations: [{ TopicArn, Events }] });
    const refused: readonly (readonly [NotificationConfiguration, RegExp])[] = [
      [queue('arn:aws:sns:us-east-1:111111111111:t'), /could not be parsed/],
      [queue('arn:aws:sqs:us-east-1:111111111111:q.fifo'), /FIFO queues are not supported/],
      [topic('arn:aws:sns:us-east-1:111111111111:t.fifo'), /FIFO topics are not supported/],
      [topic('arn:aws:sns:eu-west-1:111111111111:t'), /region is not valid for the bucket location constraint/],
      [{ ...queue(QueueArn), ...topic(TopicArn) }, /Configurations overlap/],
    ];
    for (const [configured, message] of refused)
      await assert.rejects(put(Bucket, configured), error('InvalidArgument', 400, message));
    assert.equal((await get(Bucket)).QueueConfigurations, undefined);
  });

  test('a function that would not take the event is named, unless nobody shall ask', async (t) => {
    const Bucket = await opened.bucket();
    opened.house.verdict = { kind: 'invalid', reason: 'The destination Lambda function does not exist' };
    t.after(() => (opened.house.verdict = { kind: 'valid' }));
    const all = { LambdaFunctionConfigurations: [configuration()] };
    await assert.rejects(
      put(Bucket, all),
      error('InvalidArgument', 400, /^Unable to validate the following destination configurations$/),
    );
    assert.equal((await get(Bucket)).LambdaFunctionConfigurations, undefined);
    await put(Bucket, all, { SkipDestinationValidation: true });
    assert.equal((await get(Bucket)).LambdaFunctionConfigurations?.length, 1);
  });
});

describe('PutBucketNotificationConfiguration: behaviour', () => {
  test('a change that fits becomes an event for the function, with the document that S3 sends', async () => {
    const Bucket = await opened.bucket();
    await put(Bucket, { LambdaFunctionConfigurations: [configuration({ Filter: filter('in/', '.jpg') })] });
    await opened.put(Bucket, 'in/a b.jpg', 'picture');
    await opened.put(Bucket, 'in/a.png', 'other');
    await opened.put(Bucket, 'out/a.jpg', 'other');
    await opened.s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/a b.jpg' }));
    const { deliveries } = opened.house.temporary.store;
    const claimed = await deliveries.claimDue({ lane: 'invoke', nowMs: Date.now() + 1000, leaseMs: 1000, limit: 10 });
    assert.deepEqual(
      claimed.map(({ target }) => target),
      [LambdaFunctionArn],
    );
    const document = JSON.parse(Buffer.from(claimed[0]?.payload ?? []).toString()) as {
      readonly Records: readonly [
        { readonly eventName: string; readonly s3: { readonly object: Readonly<Record<string, unknown>> } },
      ];
    };
    const [record] = document.Records;
    assert.equal(record.eventName, 'ObjectCreated:Put');
    assert.deepEqual([record.s3.object['key'], record.s3.object['size']], ['in/a+b.jpg', 7]);
  });
});

/** What waits for queues, topics and buses: where to, and the document. */
async function outbox() {
  const { deliveries } = opened.house.temporary.store;
  const claimed = await deliveries.claimDue({ lane: OUTBOX_LANE, nowMs: Date.now() + 1000, leaseMs: 1000, limit: 100 });
  await Promise.all(claimed.map(({ id, fence }) => deliveries.settle(id, fence)));
  return claimed.map((delivery) => {
    const document = JSON.parse(Buffer.from(delivery.payload).toString()) as Readonly<Record<string, unknown>>;
    return { target: delivery.target, document };
  });
}

describe('PutBucketNotificationConfiguration: other destinations', () => {
  test('queues and topics get a test event, unless nobody shall ask; functions and EventBridge get none', async () => {
    const Bucket = await opened.bucket();
    await outbox();
    const all: NotificationConfiguration = {
      LambdaFunctionConfigurations: [configuration()],
      QueueConfigurations: [
        { QueueArn, Events: ['s3:ObjectRemoved:*'] },
        { QueueArn, Events: ['s3:ObjectTagging:Put'] },
      ],
      TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectTagging:Delete'] }],
      EventBridgeConfiguration: {},
    };
    await put(Bucket, all, { SkipDestinationValidation: true });
    assert.deepEqual(await outbox(), []);
    const { $metadata: metadata } = await put(Bucket, all);
    const told = await outbox();
    assert.deepEqual(
      told.map(({ target }) => target),
      [QueueArn, TopicArn],
    );
    for (const { document } of told)
      assert.deepEqual(
        [document['Service'], document['Event'], document['Bucket'], document['RequestId']],
        ['Amazon S3', 's3:TestEvent', Bucket, metadata.requestId],
      );
  });

  test('one change tells each of them, in the step that makes it visible', async () => {
    const Bucket = await opened.bucket();
    await put(Bucket, { QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*'] }], EventBridgeConfiguration: {} });
    await outbox();
    await opened.put(Bucket, 'a b.jpg', 'picture');
    const [toQueue, toBus] = await outbox();
    assert.equal(toQueue?.target, QueueArn);
    const [record] = toQueue.document['Records'] as readonly { readonly eventName: string }[];
    assert.equal(record?.eventName, 'ObjectCreated:Put');
    assert.equal(toBus?.target, 'arn:aws:events:us-east-1:111111111111:event-bus/default');
    assert.deepEqual([toBus.document['reason'], (toBus.document['object'] as { key: string }).key], ['PutObject', 'a b.jpg']);
  });
});
