// A message becomes the record that AWS's own examples read, member by member.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueueMessage } from '#queues';
import { queueRecordOf } from './queue-record.ts';

const PLAIN: QueueMessage = {
  id: '059f36b4-87a3-44ab-83d2-661975830a7d',
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
  body: 'Test message.',
  digestOfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  attributes: {},
  sender: 'AIDAIENQZJOLO23YVJ4VO',
  sentAtMs: 1_545_082_649_183,
  firstReceivedAtMs: 1_545_082_649_185,
  receives: 1,
  traceHeader: undefined,
  groupId: undefined,
  deduplicationId: undefined,
  sequenceNumber: undefined,
  deadLetterSource: undefined,
};
const ORIGIN = { arn: 'arn:aws:sqs:us-east-2:123456789012:my-queue', region: 'us-east-2' };

test('a message of a standard queue', () => {
  const record = queueRecordOf(PLAIN, ORIGIN);
  assert.deepEqual(JSON.parse(record.json), {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body: 'Test message.',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082649183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082649185',
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
    awsRegion: 'us-east-2',
  });
  assert.equal(record.bytes, Buffer.byteLength(record.json));
  assert.equal(record.group, undefined);
});

test('a message of a FIFO queue, with everything that a message can have', () => {
  const record = queueRecordOf(
    {
      ...PLAIN,
      attributes: {
        city: { type: 'String', value: 'Ulm' },
        seal: { type: 'Binary', value: 'AQI=' },
        n: { type: 'Number.int', value: '3' },
      },
      traceHeader: 'Root=1-5f84c7a5-e3e1a1b2c3d4e5f601234567',
      groupId: 'orders',
      deduplicationId: 'once',
      sequenceNumber: '18849496460467696128',
      deadLetterSource: 'arn:aws:sqs:us-east-2:123456789012:first.fifo',
    },
    ORIGIN,
  );
  const { attributes, messageAttributes, md5OfMessageAttributes } = JSON.parse(record.json) as Record<
    string,
    Record<string, string>
  >;
  assert.deepEqual(attributes, {
    ApproximateReceiveCount: '1',
    AWSTraceHeader: 'Root=1-5f84c7a5-e3e1a1b2c3d4e5f601234567',
    SentTimestamp: '1545082649183',
    SequenceNumber: '18849496460467696128',
    MessageGroupId: 'orders',
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    MessageDeduplicationId: 'once',
    ApproximateFirstReceiveTimestamp: '1545082649185',
    DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-2:123456789012:first.fifo',
  });
  const nothing = { stringListValues: [], binaryListValues: [] };
  assert.deepEqual(messageAttributes, {
    city: { stringValue: 'Ulm', ...nothing, dataType: 'String' },
    seal: { binaryValue: 'AQI=', ...nothing, dataType: 'Binary' },
    n: { stringValue: '3', ...nothing, dataType: 'Number.int' },
  });
  assert.equal(md5OfMessageAttributes, '25e7ed327cc3ffa32b91542887a2007d');
  assert.equal(record.group, 'orders');
});
