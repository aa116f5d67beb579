// What the crash tests of events are played in: a function that reports what it sees, and everything that can wake it or be told.

import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { zipOf } from '../support/zip.ts';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './platform-process.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:witness';
export const ROLE = 'arn:aws:iam::000000000000:role/witness';
export const BUCKET = 'events';
export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:news';

/** `work` and `steps.fifo` wake the function; the others are where what happened ends up. */
const QUEUES = ['work', 'steps.fifo', 'seen', 'order.fifo', 'fan-one', 'fan-two', 'ruled', 'done', 'ticks'] as const;
type QueueName = (typeof QUEUES)[number];

export interface Clients {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly events: EventBridgeClient;
  readonly scheduler: SchedulerClient;
  readonly lambda: LambdaClient;
}

export function eventClients(endpoint: string): Clients {
  const common = {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
    // A platform that dies between two packets leaves nobody to answer.
    requestHandler: { requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  return {
    sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient(common),
    s3: new S3Client({ ...common, forcePathStyle: true }),
    events: new EventBridgeClient(common),
    scheduler: new SchedulerClient(common),
    lambda: new LambdaClient(common),
  };
}

export function closeClients(clients: Clients): void {
  for (const client of Object.values(clients)) client.destroy();
}

export function queueUrl(endpoint: string, queue: QueueName): string {
  return `${endpoint}/000000000000/${queue}`;
}

export function queueArn(queue: QueueName): string {
  return `arn:aws:sqs:us-east-1:000000000000:${queue}`;
}

/** Reports every event to the queue `seen`, and in what order it met those of a FIFO queue to `order.fifo`. */
const WITNESS = `
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const report = (QueueUrl, reports, more = {}) =>
  sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: reports.map((one, index) => ({
    Id: String(index), MessageBody: JSON.stringify(one), ...more, ...(more.MessageGroupId && { MessageDeduplicationId: randomUUID() }) })) }))
    .then(({ Failed = [] }) => { if (Failed.length > 0) throw new Error(Failed[0].Message); });
export const handler = async (event) => {
  const reports = (event.Records ?? [event]).map((record) => {
    if (record.eventSource === 'aws:sqs') return { ...JSON.parse(record.body), messageId: record.messageId };
    if (record.eventSource === 'aws:s3') return { flow: 'object', id: decodeURIComponent(record.s3.object.key) };
    return record;
  });
  if (reports[0].group === undefined) return report(process.env.SEEN, reports).then(() => reports[0]);
  for (const one of reports) await report(process.env.ORDER, [one], { MessageGroupId: one.group });
};`;

/** Made once; it outlives every platform of the test. */
export async function furnish(endpoint: string): Promise<void> {
  const clients = eventClients(endpoint);
  await createQueues(clients.sqs);
  await createWitness(clients.lambda, endpoint);
  for (const EventSourceArn of [queueArn('work'), queueArn('steps.fifo')]) {
    await clients.lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'witness', EventSourceArn, BatchSize: 10 }));
  }
  await createBucket(clients);
  await clients.sns.send(new CreateTopicCommand({ Name: 'news' }));
  for (const queue of ['fan-one', 'fan-two'] as const) {
    const Attributes = { RawMessageDelivery: 'true' };
    await clients.sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn(queue), Attributes }));
  }
  await clients.events.send(new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: ['witness'] }) }));
  await clients.events.send(
    new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'ruled', Arn: queueArn('ruled'), InputPath: '$.detail' }] }),
  );
  closeClients(clients);
}

async function createQueues(sqs: SQSClient): Promise<void> {
  for (const QueueName of QUEUES) {
    const services = ['sns.amazonaws.com', 'events.amazonaws.com'];
    const Statement = [
      { Effect: 'Allow', Principal: { Service: services }, Action: 'sqs:SendMessage', Resource: queueArn(QueueName) },
    ];
    const isFifo = QueueName.endsWith('.fifo');
    const Attributes = {
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      // What a killed platform held is seen again soon.
      VisibilityTimeout: '5',
      ...(isFifo && { FifoQueue: 'true' }),
    };
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  }
}

async function createWitness(lambda: LambdaClient, endpoint: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'witness',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 5,
      Environment: { Variables: { SEEN: queueUrl(endpoint, 'seen'), ORDER: queueUrl(endpoint, 'order.fifo') } },
      Code: { ZipFile: await zipOf({ 'index.mjs': WITNESS }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName: 'witness' });
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'witness',
      DestinationConfig: { OnSuccess: { Destination: queueArn('done') } },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'witness',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${BUCKET}`,
    }),
  );
}

async function createBucket({ s3 }: Clients): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const Events = ['s3:ObjectCreated:*' as const];
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: BUCKET,
      NotificationConfiguration: { LambdaFunctionConfigurations: [{ LambdaFunctionArn: FUNCTION, Events }] },
    }),
  );
}
