// Operations by their names, with JSON in and out, on real rooms.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationEnd } from '#executions';
import { LIMITS } from '#kernel';
import { loadService, SERVICES } from '#wire';
import type { Json, JsonObject } from '#workflows';
import { calledOperations } from '../../../test/support/called-operations.ts';
import { settled } from '../../../test/support/fake-clock.ts';
import { readParameters } from './parameter-reader.ts';

function output(end: OperationEnd): JsonObject {
  assert(end.kind === 'answered', JSON.stringify(end));
  return end.output;
}

function textOf(value: Json | undefined): string {
  assert(typeof value === 'string');
  return value;
}

function error(end: OperationEnd) {
  assert(end.kind === 'failed', JSON.stringify(end));
  return end.error;
}

function complaints(end: OperationEnd): readonly string[] {
  assert(end.kind === 'unfit', JSON.stringify(end));
  return end.complaints;
}

test('an object is written and read as a text, its members called as the SDK calls them', async (context) => {
  const { call, clock } = await calledOperations(context);
  assert.equal(output(await call('s3', 'createBucket', { Bucket: 'box' }))['Location'], '/box');
  const put = output(
    await call('s3', 'putObject', {
      Bucket: 'box',
      Key: 'a/b.json',
      Body: { hello: 'wörld' },
      ContentType: 'application/json',
      Metadata: { Case: 'kept' },
    }),
  );
  assert.match(textOf(put['ETag']), /^"[0-9a-f]{32}"$/);
  const got = output(await call('s3', 'getObject', { Bucket: 'box', Key: 'a/b.json' }));
  assert.equal(got['Body'], '{"hello":"wörld"}');
  assert.equal(got['ContentLength'], 18);
  assert.equal(got['ContentType'], 'application/json');
  assert.deepEqual(got['Metadata'], { case: 'kept' });
  assert.equal(got['LastModified'], new Date(clock.now()).toISOString().replace('.000Z', 'Z'));
  assert.equal(got['ETag'], put['ETag']);
  const listed = output(await call('s3', 'listObjectsV2', { Bucket: 'box', MaxKeys: '10' }));
  assert.deepEqual(
    (listed['Contents'] as readonly JsonObject[]).map(({ Key, Size }) => [Key, Size]),
    [['a/b.json', 18]],
  );
});

test('an object beyond what a state may have is read no further', async (context) => {
  const { call } = await calledOperations(context);
  await call('s3', 'createBucket', { Bucket: 'box' });
  await call('s3', 'putObject', { Bucket: 'box', Key: 'large', Body: 'x'.repeat(LIMITS.statePayloadBytes + 1) });
  assert.deepEqual(await call('s3', 'getObject', { Bucket: 'box', Key: 'large' }), { kind: 'too-large' });
});

test('an error has the class of the SDK, and what the wire has of it', async (context) => {
  const { call } = await calledOperations(context);
  await call('s3', 'createBucket', { Bucket: 'box' });
  assert.deepEqual(error(await call('s3', 'getObject', { Bucket: 'box', Key: 'none' })), {
    client: 'S3',
    code: 'NoSuchKey',
    exception: 'NoSuchKeyException',
    message: 'The specified key does not exist.',
    status: 404,
  });
  const QueueUrl = 'http://127.0.0.1:4566/000000000000/none';
  assert.deepEqual(error(await call('sqs', 'sendMessage', { QueueUrl, MessageBody: 'x' })), {
    client: 'Sqs',
    code: 'AWS.SimpleQueueService.NonExistentQueue',
    exception: 'QueueDoesNotExistException',
    message: 'The specified queue does not exist.',
    status: 400,
  });
});

test('messages go and come, with times, numbers and names of their own', async (context) => {
  const { call } = await calledOperations(context);
  const { QueueUrl = '' } = output(
    await call('sqs', 'createQueue', { QueueName: 'orders', Attributes: { VisibilityTimeout: '5' } }),
  );
  const sent = output(
    await call('sqs', 'sendMessage', {
      QueueUrl,
      MessageBody: { order: 1 },
      MessageAttributes: { kind: { DataType: 'Binary', BinaryValue: 'bytes' } },
    }),
  );
  assert.deepEqual(Object.keys(sent).toSorted(), ['Md5OfMessageAttributes', 'Md5OfMessageBody', 'MessageId']);
  const received = output(
    await call('sqs', 'receiveMessage', { QueueUrl, MaxNumberOfMessages: 1, MessageAttributeNames: ['All'] }),
  );
  const [message] = received['Messages'] as readonly JsonObject[];
  assert.equal(message?.['Body'], '{"order":1}');
  assert.equal(message?.['Md5OfBody'], sent['Md5OfMessageBody']);
  assert.deepEqual(message?.['MessageAttributes'], { kind: { BinaryValue: 'bytes', DataType: 'Binary' } });
});

test('the API’s own names are those of optimised integrations', async (context) => {
  const { call } = await calledOperations(context);
  const { QueueUrl = '' } = output(await call('sqs', 'createQueue', { QueueName: 'orders' }));
  const sent = output(await call('sqs', 'sendMessage', { QueueUrl, MessageBody: 'x' }, { names: 'api' }));
  assert.deepEqual(Object.keys(sent).toSorted(), ['MD5OfMessageBody', 'MessageId']);
});

test('parameters that are not the operation’s are complained of by name', async (context) => {
  const { call } = await calledOperations(context);
  assert.deepEqual(complaints(await call('sqs', 'sendMessage', { MessageBody: 1, Other: true, DelaySeconds: 'soon' })), [
    "The value for the field 'MessageBody' must be a STRING",
    "The field 'Other' is not supported by Step Functions",
    "The value for the field 'DelaySeconds' must be an INTEGER",
    "The field 'QueueUrl' is required but was missing",
  ]);
  assert.deepEqual(complaints(await call('s3', 'getObject', { Bucket: '', Key: 'k' })), [
    "The value for the field 'Bucket' must not be empty",
  ]);
  assert.deepEqual(complaints(await call('dynamodb', 'getItem', { TableName: 't', Key: { id: { S: 'x', N: '1' } } })), [
    "The value for the field 'id' must be exactly one of its members",
  ]);
  assert.deepEqual(complaints(await call('sqs', 'listQueues', 'text')), ["The value for the field 'Parameters' must be an OBJECT"]);
  assert.deepEqual(complaints(await call('eventbridge', 'putEvents', { Entries: { Source: 'a' } })), [
    "The value for the field 'Entries' must be a LIST",
  ]);
});

test('the model’s constraints hold as they do on the wire', async (context) => {
  const { call } = await calledOperations(context);
  const { code, exception, message, status } = error(await call('eventbridge', 'putEvents', { Entries: [] }));
  assert.deepEqual([code, exception, status], ['ValidationException', undefined, 400]);
  assert.match(message, /1 validation error detected: .*at 'entries' failed to satisfy constraint/);
});

test('events and topics are reached with their documents as they are', async (context) => {
  const { call } = await calledOperations(context);
  const put = output(
    await call('eventbridge', 'putEvents', {
      Entries: [{ Source: 'shop', DetailType: 'order', Detail: { id: 1 }, Time: '2026-11-21T12:00:00Z', Resources: ['arn:x'] }],
    }),
  );
  assert.equal(put['FailedEntryCount'], 0);
  assert.equal((put['Entries'] as readonly JsonObject[]).length, 1);
  const { TopicArn = '' } = output(await call('sns', 'createTopic', { Name: 'news' }));
  const published = output(
    await call('sns', 'publish', {
      TopicArn,
      Message: { a: 1 },
      MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } },
    }),
  );
  assert.match(textOf(published['MessageId']), /^[0-9a-f-]{36}$/);
});

test('a task acts in its account', async (context) => {
  const { call } = await calledOperations(context);
  assert.equal(output(await call('sts', 'getCallerIdentity', {}))['Account'], '000000000000');
});

test('what is not served answers so, what does not exist is unknown', async (context) => {
  const { call, operations } = await calledOperations(context);
  const missing = error(await call('dynamodb', 'getItem', { TableName: 't', Key: { id: { S: 'x' } } }));
  assert.deepEqual([missing.client, missing.exception, missing.status], ['DynamoDb', undefined, 404]);
  assert.match(missing.message, /Mayfly does not serve GetItem/);
  assert.equal((await call('ec2', 'runInstances', {})).kind, 'unknown');
  assert.equal((await call('sqs', 'fly', {})).kind, 'unknown');
  assert.equal((await call('sqs', 'SendMessage', {})).kind, 'unknown');
  assert.equal((await call('constructor', 'x', {})).kind, 'unknown');
  assert.equal(operations.refusalOf('sqs', 'sendMessage'), undefined);
  assert.equal(operations.refusalOf('cloudwatchlogs', 'putLogEvents'), undefined);
  assert.match(operations.refusalOf('lambda', 'invokeWithResponseStream') ?? '', /a stream of events/);
});

test('a bug of a handler is told without its insides, and logged', async (context) => {
  const { call, log } = await calledOperations(context, {
    sts: { handlers: { GetCallerIdentity: () => Promise.reject(new TypeError('a secret path')) } },
  });
  const { code, message, status } = error(await call('sts', 'getCallerIdentity', {}));
  assert.deepEqual([code, status], ['InternalFailure', 500]);
  assert.equal(message.includes('secret'), false);
  assert.equal(log.named('gateway.failed').length, 1);
});

test('waiting for messages ends when the task does', async (context) => {
  const { call } = await calledOperations(context);
  const { QueueUrl = '' } = output(await call('sqs', 'createQueue', { QueueName: 'orders' }));
  const ending = new AbortController();
  const receiving = call('sqs', 'receiveMessage', { QueueUrl, WaitTimeSeconds: 20 }, { signal: ending.signal });
  await settled();
  ending.abort();
  await receiving;
});

test('a handler that gives up together with its task has not failed', async (context) => {
  const { call, log } = await calledOperations(context, {
    sts: {
      handlers: {
        GetCallerIdentity: async (_input: never, { callerGone }) => {
          const { promise, reject } = Promise.withResolvers<object>();
          callerGone.addEventListener('abort', () => reject(callerGone.reason as Error));
          return promise;
        },
      },
    },
  });
  const ending = new AbortController();
  const asking = call('sts', 'getCallerIdentity', {}, { signal: ending.signal });
  await settled();
  ending.abort();
  assert.deepEqual(await asking, { kind: 'interrupted' });
  assert.equal(log.named('gateway.failed').length, 0);
});

test('what no request could carry reaches no handler', async (context) => {
  const { call, log } = await calledOperations(context);
  await call('s3', 'createBucket', { Bucket: 'box' });
  assert.deepEqual(complaints(await call('s3', 'putObject', { Bucket: 'box', Key: 'k', Metadata: { 'a b': 'c' } })), [
    "The value for the field 'Metadata' must be a MAP whose keys can be names of headers",
  ]);
  output(await call('s3', 'putObject', { Bucket: 'box', Key: 'half \ud800', Body: 'x' }));
  assert.equal(output(await call('s3', 'getObject', { Bucket: 'box', Key: 'half \ufffd' }))['Body'], 'x');
  assert.equal(log.named('gateway.failed').length, 0);
});

test('every operation of every model is read, whatever its parameters lack', () => {
  for (const service of SERVICES.keys())
    for (const operation of loadService(service).operations.values()) {
      const required = operation.input.members.filter(({ isRequired }) => isRequired);
      const read = readParameters(operation, 'sdk', {});
      assert.equal(read.kind, required.length === 0 ? 'read' : 'unfit', `${service} ${operation.name}`);
    }
});
