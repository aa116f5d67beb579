// What became of asynchronous invocations, told to queues, functions and buckets, with the real clients on the real platform; and loops,
// which are ended.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
  type DestinationConfig,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { REGION, ROLE, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let sqs: SQSClient;
let s3: S3Client;
let sns: SNSClient;

before(async () => {
  platform = await runPlatform();
  const { endpoint } = platform;
  sqs = new SQSClient({ endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  sns = new SNSClient({ endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  s3 = new S3Client({ endpoint, region: REGION, credentials: ROOT, maxAttempts: 1, forcePathStyle: true });
});
after(async () => {
  for (const client of [sqs, sns, s3]) client.destroy();
  await platform.close();
});

const ECHO =
  'export const handler = async (event) => { if (event.fail) throw new TypeError("no " + event.fail); return { got: event }; };';

const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

interface InvocationRecord {
  readonly version: string;
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: unknown;
  readonly responsePayload?: unknown;
}

async function queue(name: string, attributes: Readonly<Record<string, string>> = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl ?? '', arn: Attributes?.['QueueArn'] ?? '' };
}

/** The next message, as soon as there is one. */
async function next({ url }: { readonly url: string }): Promise<Message> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
    );
    if (message === undefined) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    return message;
  }
  throw new Error('no message came');
}

const nextRecord = async (from: { readonly url: string }) => JSON.parse((await next(from)).Body ?? '') as InvocationRecord;

const send = (name: string, event: unknown) => platform.invoke(name, event, { InvocationType: 'Event' });

const configure = (FunctionName: string, DestinationConfig: DestinationConfig) =>
  platform.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig }));

test('a queue is told of success and of failure, and the dead-letter queue gets the event', async () => {
  const [successes, failures, dead] = await Promise.all(['successes', 'failures', 'dead'].map((name) => queue(name)));
  assert.ok(successes && failures && dead);
  await platform.deploy('told', ECHO, { DeadLetterConfig: { TargetArn: dead.arn } });
  await configure('told', { OnSuccess: { Destination: successes.arn }, OnFailure: { Destination: failures.arn } });

  const succeeded = await send('told', { n: 1 });
  const success = await nextRecord(successes);
  assert.ok(Math.abs(Date.parse(success.timestamp) - Date.now()) < 60_000);
  assert.deepEqual(success, {
    version: '1.0',
    timestamp: success.timestamp,
    requestContext: {
      requestId: succeeded.$metadata.requestId,
      functionArn: `${functionArn('told')}:$LATEST`,
      condition: 'Success',
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: { got: { n: 1 } },
  });

  const failed = await send('told', { fail: 'way' });
  const failure = await nextRecord(failures);
  assert.deepEqual([failure.requestContext.condition, failure.requestPayload], ['RetriesExhausted', { fail: 'way' }]);
  assert.deepEqual(failure.responseContext, { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' });
  const { errorType, errorMessage } = failure.responsePayload as { readonly errorType: string; readonly errorMessage: string };
  assert.deepEqual([errorType, errorMessage], ['TypeError', 'no way']);

  const letter = await next(dead);
  assert.deepEqual(JSON.parse(letter.Body ?? ''), { fail: 'way' });
  const attributes = Object.entries(letter.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]);
  assert.deepEqual(Object.fromEntries(attributes), {
    RequestID: failed.$metadata.requestId,
    ErrorCode: '200',
    ErrorMessage: 'no way',
  });
});

test('a function is told by an event of its own, and a switched-off one sends its events on at once', async () => {
  const ends = await queue('ends');
  await platform.deploy('first', ECHO);
  await platform.deploy('second', 'export const handler = async (record) => record.responsePayload.got;');
  await configure('first', { OnSuccess: { Destination: functionArn('second') }, OnFailure: { Destination: ends.arn } });
  await configure('second', { OnSuccess: { Destination: ends.arn } });
  const sent = await send('first', { n: 2 });
  const record = await nextRecord(ends);
  assert.equal(record.requestContext.functionArn, `${functionArn('second')}:$LATEST`);
  assert.deepEqual(record.responsePayload, { n: 2 });
  assert.equal((record.requestPayload as InvocationRecord).requestContext.requestId, sent.$metadata.requestId);
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'first', ReservedConcurrentExecutions: 0 }));
  await send('first', { n: 3 });
  const off = await nextRecord(ends);
  assert.deepEqual([off.requestContext.condition, off.requestPayload], ['ZeroReservedConcurrency', { n: 3 }]);
  assert.equal('responsePayload' in off, false);
});

test('a bucket keeps records of failures under the keys that Lambda gives them', async () => {
  const Bucket = 'failed-events';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await platform.deploy('kept', ECHO);
  await configure('kept', { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } });
  await send('kept', { fail: 'place' });
  const Key = await firstKey(Bucket);
  assert.match(Key, /^aws\/lambda\/async\/kept\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/);
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const record = JSON.parse((await object.Body?.transformToString()) ?? '') as InvocationRecord;
  assert.deepEqual([record.requestContext.condition, record.requestPayload], ['RetriesExhausted', { fail: 'place' }]);
});

async function firstKey(Bucket: string): Promise<string> {
  for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { Contents: [object] = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    if (object?.Key !== undefined) return object.Key;
    assert.ok(Date.now() < deadline, 'no object came');
  }
}

/** Calls itself through the SDK that every function has, as often as it may. */
const LOOP = `
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
const lambda = new LambdaClient({});
export const handler = async ({ run, until }) => {
  if (run >= until) return { run };
  const FunctionName = process.env.AWS_LAMBDA_FUNCTION_NAME;
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ run: run + 1, until }) }));
  return { run };
};`;

test('a function that calls itself is stopped after sixteen runs, unless the loop is meant', async () => {
  const [runs, stopped] = await Promise.all(['runs', 'stopped'].map((name) => queue(name)));
  assert.ok(runs && stopped);
  await platform.deploy('looping', LOOP, { Timeout: 10, Role: ROLE });
  await configure('looping', { OnSuccess: { Destination: runs.arn }, OnFailure: { Destination: stopped.arn } });
  await send('looping', { run: 1, until: 100 });
  const record = await nextRecord(stopped);
  assert.deepEqual([record.requestContext.condition, record.requestPayload], ['RecursiveInvocation', { run: 17, until: 100 }]);
  assert.equal('responseContext' in record, false);
  await platform.lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName: 'looping', RecursiveLoop: 'Allow' }));
  await send('looping', { run: 1, until: 20 });
  const seen: number[] = [];
  while (!seen.includes(20)) seen.push(((await nextRecord(runs)).responsePayload as { readonly run: number }).run);
  assert.ok(!seen.includes(100));
});

/** Sends what it was told of back to where it came from, in a message of its own. */
const RETURN = `
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
const sqs = new SQSClient({});
export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    const { run, url } = JSON.parse(body);
    if (run > 40) return;
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ run: run + 1, url }) }));
  }
};`;

test('a loop is counted as well where invocations share an instance', async () => {
  const stopped = await queue('stopped-together');
  await platform.deploy('together', LOOP, { Timeout: 10, Tags: { 'mayfly:instance-concurrency': '4' } });
  await configure('together', { OnFailure: { Destination: stopped.arn } });
  await Promise.all([send('together', { run: 1, until: 100 }), send('together', { run: 1, until: 100 })]);
  for (const record of [await nextRecord(stopped), await nextRecord(stopped)])
    assert.deepEqual([record.requestContext.condition, record.requestPayload], ['RecursiveInvocation', { run: 17, until: 100 }]);
});

test('a loop through a queue is counted as well, and ends in the queue’s dead letters', async () => {
  const dead = await queue('loop-dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
  const loop = await queue('loop', { RedrivePolicy, VisibilityTimeout: '3' });
  await platform.deploy('returning', RETURN, { Timeout: 3 });
  await platform.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: 'returning', EventSourceArn: loop.arn, BatchSize: 1 }),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl: loop.url, MessageBody: JSON.stringify({ run: 1, url: loop.url }) }));
  const { run } = JSON.parse((await next(dead)).Body ?? '') as { readonly run: number };
  assert.equal(run, 17);
});

test('loops through a topic and through a bucket are counted too', async () => {
  const stopped = await queue('stopped-elsewhere');
  const permit = (FunctionName: string, Principal: string) =>
    platform.lambda.send(
      new AddPermissionCommand({ FunctionName, StatementId: 'loop', Action: 'lambda:InvokeFunction', Principal }),
    );
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'loop' }));
  await platform.deploy(
    'publishing',
    `import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
const sns = new SNSClient({});
export const handler = ({ Records }) => sns.send(new PublishCommand({ TopicArn: '${TopicArn}', Message: Records[0].Sns.Message + '.' }));`,
    { Timeout: 10 },
  );
  await permit('publishing', 'sns.amazonaws.com');
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: functionArn('publishing') }));

  const Bucket = 'looping-objects';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await platform.deploy(
    'copying',
    `import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const s3 = new S3Client({ forcePathStyle: true });
export const handler = ({ Records }) => s3.send(new PutObjectCommand({ Bucket: '${Bucket}', Key: Records[0].s3.object.key + 'x', Body: 'x' }));`,
    { Timeout: 10 },
  );
  await permit('copying', 's3.amazonaws.com');
  const LambdaFunctionConfigurations = [{ LambdaFunctionArn: functionArn('copying'), Events: ['s3:ObjectCreated:*' as const] }];
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { LambdaFunctionConfigurations } }),
  );

  for (const name of ['publishing', 'copying']) await configure(name, { OnFailure: { Destination: stopped.arn } });
  await sns.send(new PublishCommand({ TopicArn, Message: '.' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }));
  const records = [await nextRecord(stopped), await nextRecord(stopped)];
  assert.deepEqual(
    records
      .map(({ requestContext }) => `${requestContext.condition} ${requestContext.functionArn.split(':')[6]}`)
      .toSorted((one, other) => one.localeCompare(other)),
    ['RecursiveInvocation copying', 'RecursiveInvocation publishing'],
  );
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.equal(KeyCount, 17, 'one was put from outside, and one by each of sixteen runs');
});

test('a caller whose chain of requests has come by too often is refused', async (t) => {
  await platform.deploy('called', ECHO);
  const lineageId = createHash('sha256').update(functionArn('called')).digest('hex').slice(0, 8);
  const caller = new LambdaClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  t.after(() => caller.destroy());
  let runs = 0;
  caller.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> };
      headers['X-Amzn-Trace-Id'] = `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=${runs}:${lineageId}:${runs - 1}`;
      return next(args);
    },
    { step: 'build', name: 'chain' },
  );
  const call = () => caller.send(new InvokeCommand({ FunctionName: 'called' }));
  runs = 15;
  assert.equal((await call()).StatusCode, 200);
  runs = 16;
  await assert.rejects(call(), { name: 'RecursiveInvocationException', $fault: 'client' });
});
