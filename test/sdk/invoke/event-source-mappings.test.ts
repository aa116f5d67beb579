// Queues that wake functions, end to end: a real platform, real sandboxes, the SDK's clients for both sides.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { runMappedPlatform, tellingHandler } from '../../support/mapped-platform.ts';
import type { MappedPlatform, SqsRecord } from '../../support/mapped-platform.ts';

let platform: MappedPlatform;
before(async () => {
  platform = await runMappedPlatform();
});
after(() => platform.close());

/** A function that tells of what it gets, the queue that it reads, and the one that it tells. */
async function worker(name: string, then = '', { fifo = false, attributes = {} } = {}) {
  const [source, results] = await Promise.all([
    platform.queue(fifo ? `${name}.fifo` : name, attributes),
    platform.queue(`${name}-results`),
  ]);
  await platform.deploy(name, tellingHandler(then), { Environment: { Variables: { RESULTS: results.url } } });
  return { source, results };
}

const bodiesOf = (records: readonly SqsRecord[]) => records.map(({ body }) => body);

test('a message wakes its function, which gets what AWS would send it, and is deleted', async () => {
  const { source, results } = await worker('first');
  const uuid = await platform.map({ FunctionName: 'first', EventSourceArn: source.arn });
  const { MessageId } = await platform.sqs.send(
    new SendMessageCommand({
      QueueUrl: source.url,
      MessageBody: 'grüße',
      MessageAttributes: { city: { DataType: 'String', StringValue: 'Ulm' } },
    }),
  );
  const [record, ...others] = await platform.nextRecords(results.url);
  assert.deepEqual(others, []);
  const { receiptHandle, attributes, md5OfMessageAttributes, ...rest } = record ?? assert.fail();
  assert.deepEqual(rest, {
    messageId: MessageId,
    body: 'grüße',
    messageAttributes: { city: { stringValue: 'Ulm', stringListValues: [], binaryListValues: [], dataType: 'String' } },
    md5OfBody: 'fee40dc24d0ad6a90c608052aa4e9e66',
    eventSource: 'aws:sqs',
    eventSourceARN: source.arn,
    awsRegion: 'us-east-1',
  });
  assert.ok(receiptHandle.length > 0);
  assert.match(String(md5OfMessageAttributes), /^[0-9a-f]{32}$/);
  assert.deepEqual(Object.keys(attributes).toSorted(), [
    'ApproximateFirstReceiveTimestamp',
    'ApproximateReceiveCount',
    'SenderId',
    'SentTimestamp',
  ]);
  await platform.emptied(source.url);
  const { LastProcessingResult } = await platform.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }));
  assert.equal(LastProcessingResult, 'OK');
});

test('what a function says that it could not handle comes again, the rest does not', async () => {
  const then = `return { batchItemFailures: event.Records
    .filter(({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount === '1')
    .map(({ messageId }) => ({ itemIdentifier: messageId })) };`;
  const { source, results } = await worker('partial', then, { attributes: { VisibilityTimeout: '3' } });
  await platform.send(source.url, 'good', 'bad', 'fine');
  await platform.map({
    FunctionName: 'partial',
    EventSourceArn: source.arn,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  assert.deepEqual(bodiesOf(await platform.nextRecords(results.url)).toSorted(), ['bad', 'fine', 'good']);
  assert.deepEqual(bodiesOf(await platform.nextRecords(results.url)), ['bad']);
  await platform.emptied(source.url);
});

test('a poison message goes to the dead-letter queue after its receives, and holds nobody up', async () => {
  const dead = await platform.queue('poison-dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  const then = `if (bodies.includes('poison')) throw new Error('no');`;
  const { source, results } = await worker('poison', then, { attributes: { VisibilityTimeout: '3', RedrivePolicy } });
  await platform.map({ FunctionName: 'poison', EventSourceArn: source.arn, BatchSize: 1 });
  await platform.send(source.url, 'poison', 'food');
  const seen = [await platform.nextRecords(results.url), await platform.nextRecords(results.url)].map(bodiesOf);
  assert.deepEqual(seen.flat().toSorted(), ['food', 'poison']);
  assert.equal(await platform.next(dead.url), 'poison');
  await platform.emptied(source.url);
});

test('a FIFO queue keeps the order of its groups, also when a message fails', async () => {
  const then = `return { batchItemFailures: event.Records
    .filter(({ body, attributes }) => body === 'a2' && attributes.ApproximateReceiveCount === '1')
    .map(({ messageId }) => ({ itemIdentifier: messageId })) };`;
  const { source, results } = await worker('ordered', then, { fifo: true, attributes: { VisibilityTimeout: '3' } });
  await platform.send(source.url, 'a:a1', 'b:b1', 'a:a2', 'a:a3', 'b:b2');
  await platform.map({
    FunctionName: 'ordered',
    EventSourceArn: source.arn,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  const seen: string[] = [];
  // a1 and both of b once, a2 and a3 twice: nothing overtakes what failed.
  while (seen.length < 7) seen.push(...bodiesOf(await platform.nextRecords(results.url)));
  assert.deepEqual(
    seen.filter((body) => body.startsWith('a')),
    ['a1', 'a2', 'a3', 'a2', 'a3'],
  );
  assert.deepEqual(
    seen.filter((body) => body.startsWith('b')),
    ['b1', 'b2'],
  );
  await platform.emptied(source.url);
});

test('messages that no filter wants are deleted, and wake nobody', async () => {
  const { source, results } = await worker('picky');
  const Pattern = JSON.stringify({ body: { kind: ['order'], price: [{ numeric: ['>', 10] }] } });
  await platform.map({ FunctionName: 'picky', EventSourceArn: source.arn, FilterCriteria: { Filters: [{ Pattern }] } });
  const wanted = '{"kind":"order","price":11}';
  await platform.send(source.url, '{"kind":"order","price":9}', 'order', wanted, '{"kind":"bill"}');
  assert.deepEqual(bodiesOf(await platform.nextRecords(results.url)), [wanted]);
  await platform.emptied(source.url);
});

test('disabled, a mapping leaves messages where they are; enabled, it takes them', async () => {
  const { source, results } = await worker('paused');
  const UUID = await platform.map({ FunctionName: 'paused', EventSourceArn: source.arn });
  await platform.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await platform.state(UUID, 'Disabled');
  await platform.send(source.url, 'while it is off');
  assert.equal(await platform.next(source.url), 'while it is off');
  await platform.send(source.url, 'again');
  await platform.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  assert.deepEqual(bodiesOf(await platform.nextRecords(results.url)), ['again']);
});

test('a function that is throttled loses nothing, and its messages come no nearer to their end', async () => {
  const dead = await platform.queue('throttled-dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
  const { source, results } = await worker('throttled', '', { attributes: { RedrivePolicy } });
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'throttled', ReservedConcurrentExecutions: 0 }));
  const UUID = await platform.map({ FunctionName: 'throttled', EventSourceArn: source.arn });
  await platform.send(source.url, 'patience');
  for (let result = ''; !result.startsWith('PROBLEM: Function throttled');)
    result = (await platform.lambda.send(new GetEventSourceMappingCommand({ UUID }))).LastProcessingResult ?? '';
  await platform.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'throttled' }));
  const [record] = await platform.nextRecords(results.url);
  assert.equal(record?.body, 'patience');
  assert.equal(record.attributes['ApproximateReceiveCount'], '1');
  await platform.emptied(source.url);
});

test('a window gathers what comes one by one', async () => {
  const { source, results } = await worker('gathering');
  await platform.map({
    FunctionName: 'gathering',
    EventSourceArn: source.arn,
    BatchSize: 3,
    MaximumBatchingWindowInSeconds: 60,
  });
  for (const body of ['1', '2', '3']) await platform.send(source.url, body);
  assert.deepEqual(bodiesOf(await platform.nextRecords(results.url)).toSorted(), ['1', '2', '3']);
});

test('a flood is worked off in batches, each message once', async () => {
  const { source, results } = await worker('flooded');
  const sent = Array.from({ length: 100 }, (_, i) => String(i));
  for (let at = 0; at < sent.length; at += 10) await platform.send(source.url, ...sent.slice(at, at + 10));
  await platform.map({ FunctionName: 'flooded', EventSourceArn: source.arn });
  const seen: string[] = [];
  while (seen.length < sent.length) seen.push(...bodiesOf(await platform.nextRecords(results.url)));
  assert.deepEqual(seen.toSorted(), sent.toSorted());
  await platform.emptied(source.url);
});
