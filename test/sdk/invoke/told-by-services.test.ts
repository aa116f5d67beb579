// What buckets and log groups tell others, from the change to whoever is told, with the real clients on the real platform.

import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let sqs: SQSClient;
let s3: S3Client;
let logs: CloudWatchLogsClient;
let events: EventBridgeClient;

before(async () => {
  platform = await runPlatform();
  const config = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  sqs = new SQSClient(config);
  s3 = new S3Client({ ...config, forcePathStyle: true });
  logs = new CloudWatchLogsClient(config);
  events = new EventBridgeClient(config);
});
after(async () => {
  for (const client of [sqs, s3, logs, events]) client.destroy();
  await platform.close();
});

const queueArn = (name: string) => `arn:aws:sqs:${REGION}:000000000000:${name}`;
const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

async function queue(QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  return QueueUrl ?? '';
}

/** The next message's body, as soon as there is one. */
async function next(QueueUrl: string): Promise<Readonly<Record<string, unknown>>> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    if (message === undefined) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body ?? '') as Readonly<Record<string, unknown>>;
  }
  throw new Error('no message came');
}

/** By a policy of the queue. */
async function letIn(name: string, QueueUrl: string, bucketArn: string): Promise<void> {
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn(name),
    Condition: { ArnLike: { 'aws:SourceArn': bucketArn } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}

test('a bucket tells a queue that lets it in, and no other', async () => {
  const Bucket = 'photos';
  const QueueUrl = await queue('photos');
  await s3.send(new CreateBucketCommand({ Bucket }));
  const configure = (name: string) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn: queueArn(name), Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
        },
      }),
    );
  const refused = { name: 'InvalidArgument', message: 'Unable to validate the following destination configurations' };
  await assert.rejects(configure('missing'), refused);
  await letIn('photos', QueueUrl, 'arn:aws:s3:::other');
  await assert.rejects(configure('photos'), refused);
  await letIn('photos', QueueUrl, `arn:aws:s3:::${Bucket}`);
  await configure('photos');
  const first = await next(QueueUrl);
  assert.deepEqual([first['Event'], first['Bucket']], ['s3:TestEvent', Bucket]);

  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b.jpg', Body: 'picture' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a b.jpg' }));
  const told = [await next(QueueUrl), await next(QueueUrl)].map(({ Records }) => (Records as readonly S3Record[])[0]);
  // A standard queue promises no order.
  assert.deepEqual(
    new Set(told.map((record) => `${record?.eventName} ${record?.s3.object.key}`)),
    new Set(['ObjectCreated:Put a+b.jpg', 'ObjectRemoved:Delete a+b.jpg']),
  );
});

test('EventBridge is told of a bucket that says so, and its rules choose', async () => {
  const Bucket = 'uploads';
  const QueueUrl = await queue('uploads');
  await s3.send(new CreateBucketCommand({ Bucket }));
  const EventPattern = JSON.stringify({
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { object: { key: [{ suffix: '.jpg' }] } },
  });
  await events.send(new PutRuleCommand({ Name: 'uploads', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'uploads', Targets: [{ Id: 'queue', Arn: queueArn('uploads') }] }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { EventBridgeConfiguration: {} } }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'notes.txt', Body: 'text' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b.jpg', Body: 'picture' }));
  const event = await next(QueueUrl);
  assert.deepEqual(
    [event['source'], event['detail-type'], event['resources']],
    ['aws.s3', 'Object Created', [`arn:aws:s3:::${Bucket}`]],
  );
  const { object, reason } = event['detail'] as {
    readonly object: { readonly key: string; readonly size: number };
    readonly reason: string;
  };
  assert.deepEqual([object.key, object.size, reason], ['a b.jpg', 7, 'PutObject']);
});

test('a bus is told how an invocation ended', async () => {
  const QueueUrl = await queue('endings');
  await platform.deploy('ending', 'export const handler = async (event) => event.n;');
  const EventPattern = JSON.stringify({ source: ['lambda'], 'detail-type': [{ prefix: 'Lambda Function Invocation Result' }] });
  await events.send(new PutRuleCommand({ Name: 'endings', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'endings', Targets: [{ Id: 'queue', Arn: queueArn('endings') }] }));
  const bus = `arn:aws:events:${REGION}:000000000000:event-bus/default`;
  const DestinationConfig = { OnSuccess: { Destination: bus } };
  await platform.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'ending', DestinationConfig }));
  await platform.invoke('ending', { n: 7 }, { InvocationType: 'Event' });
  const event = await next(QueueUrl);
  assert.equal(event['detail-type'], 'Lambda Function Invocation Result - Success');
  assert.deepEqual(event['resources'], [`${functionArn('ending')}:$LATEST`, bus]);
  assert.equal((event['detail'] as { readonly responsePayload: unknown }).responsePayload, 7);
});

interface S3Record {
  readonly eventName: string;
  readonly s3: { readonly object: { readonly key: string } };
}

test('a log group tells a function of the events that it asked for', async () => {
  const QueueUrl = await queue('watched');
  await platform.deploy('watcher', 'export const handler = async (event) => event.awslogs.data;');
  const toQueue = { OnSuccess: { Destination: queueArn('watched') } };
  await platform.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'watcher', DestinationConfig: toQueue }));
  const [logGroupName, logStreamName] = ['/app/orders', 'today'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const subscribe = (group: string) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName: group,
        filterName: 'errors',
        filterPattern: '{ $.level = "error" }',
        destinationArn: functionArn('watcher'),
      }),
    );
  await assert.rejects(subscribe(logGroupName), /Make sure you have given CloudWatch Logs permission/);
  await platform.lambda.send(
    new AddPermissionCommand({
      FunctionName: 'watcher',
      StatementId: 'logs',
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.amazonaws.com',
      SourceArn: `arn:aws:logs:${REGION}:000000000000:log-group:${logGroupName}:*`,
    }),
  );
  await subscribe(logGroupName);
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/watcher' }));
  await assert.rejects(subscribe('/aws/lambda/watcher'), /each of its runs would cause the next/);

  const timestamp = Date.now();
  const messages = ['{"level":"error","n":1}', '{"level":"info"}', '{"level":"error","n":2}'];
  const logEvents = messages.map((message) => ({ timestamp, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  const { responsePayload } = await next(QueueUrl);
  const told = JSON.parse(gunzipSync(Buffer.from(String(responsePayload), 'base64')).toString()) as {
    readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[];
  };
  assert.deepEqual(told, {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: logGroupName,
    logStream: logStreamName,
    subscriptionFilters: ['errors'],
    logEvents: [messages[0], messages[2]].map((message, index) => ({ id: told.logEvents[index]?.id, timestamp, message })),
  });
  assert.match(told.logEvents[0]?.id ?? '', /^\d{56}$/);
});
