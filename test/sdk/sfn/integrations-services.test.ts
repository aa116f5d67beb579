// Queues, topics, event buses, buckets and other state machines as tasks of running state machines, with what the history says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { detailsOf, runFlows, typesOf, type RunningFlows } from '../../support/running-flows.ts';

let flows: RunningFlows;
let sqs: SQSClient;
before(async () => {
  flows = await runFlows();
  sqs = new SQSClient(flows.settings);
});
after(async () => {
  sqs.destroy();
  await flows.close();
});

const task = (resource: string, parameters: object, more: object = {}) => ({
  Work: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true, ...more },
});

async function queue(name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return QueueUrl ?? '';
}

/** The next message's body, which is taken off the queue. */
async function received(QueueUrl: string): Promise<string> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const [message] = Messages;
  assert(message !== undefined, 'no message came');
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return message.Body ?? '';
}

const arnOfQueue = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

test('sqs:sendMessage sends, and the history has its request and its answer', async () => {
  const QueueUrl = await queue('orders');
  const ended = await flows.run(task('sqs:sendMessage', { QueueUrl, 'MessageBody.$': '$' }), { order: 1 });
  assert.equal(await received(QueueUrl), '{"order":1}');
  assert.deepEqual(typesOf(ended), [
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  const { resource, resourceType, region, parameters } = detailsOf(ended, 'TaskScheduled');
  assert.deepEqual([resource, resourceType, region], ['sendMessage', 'sqs', 'us-east-1']);
  assert.deepEqual(JSON.parse(String(parameters)), { QueueUrl, MessageBody: { order: 1 } });
  assert.deepEqual(Object.keys(ended.output as object), [
    'MD5OfMessageBody',
    'MessageId',
    'SdkHttpMetadata',
    'SdkResponseMetadata',
  ]);
});

test('a queue that is not there fails the task', async () => {
  const ended = await flows.run(task('sqs:sendMessage', { QueueUrl: `${await queue('there')}-not`, MessageBody: 'x' }));
  const { error, cause, ...others } = detailsOf(ended, 'TaskFailed');
  assert.deepEqual([error, others], ['SQS.QueueDoesNotExistException', { resource: 'sendMessage', resourceType: 'sqs' }]);
  assert.match(
    String(cause),
    /^The specified queue does not exist\. \(Service: AmazonSQS; Status Code: 400; Error Code: AWS\.SimpleQueueService\.NonExistentQueue; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  );
});

test('a message with a token waits for whoever takes it, who answers or fails', async () => {
  const QueueUrl = await queue('approvals');
  const machine = await flows.machine(
    task('sqs:sendMessage.waitForTaskToken', { QueueUrl, MessageBody: { 'token.$': '$$.Task.Token' } }),
  );
  const approved = await flows.start(machine);
  const first = JSON.parse(await received(QueueUrl)) as { token: string };
  await flows.client.send(new SendTaskSuccessCommand({ taskToken: first.token, output: '{"ok":true}' }));
  const ended = await flows.ended(approved);
  assert.deepEqual(ended.output, { ok: true });
  assert.deepEqual(typesOf(ended).slice(2, 6), ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
  assert.equal(detailsOf(ended, 'TaskSubmitted')['resource'], 'sendMessage.waitForTaskToken');
  const denied = await flows.start(machine);
  const second = JSON.parse(await received(QueueUrl)) as { token: string };
  await flows.client.send(new SendTaskFailureCommand({ taskToken: second.token, error: 'Denied', cause: 'too dear' }));
  const { description } = await flows.ended(denied);
  assert.deepEqual([description.status, description.error, description.cause], ['FAILED', 'Denied', 'too dear']);
});

test('what could not be sent was not submitted', async () => {
  const ended = await flows.run(
    task('sqs:sendMessage.waitForTaskToken', { QueueUrl: `${await queue('there')}-not`, MessageBody: 'x' }),
  );
  assert.deepEqual(typesOf(ended).slice(2), ['TaskScheduled', 'TaskStarted', 'TaskSubmitFailed', 'ExecutionFailed']);
});

test('sns:publish publishes, and a topic that is not there fails', async () => {
  const sns = new SNSClient(flows.settings);
  const QueueUrl = await queue('readers');
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
  const subscription = { TopicArn, Protocol: 'sqs', Endpoint: arnOfQueue('readers'), Attributes: { RawMessageDelivery: 'true' } };
  await sns.send(new SubscribeCommand(subscription));
  const ended = await flows.run(task('sns:publish', { TopicArn, Message: { 'headline.$': '$.headline' } }), { headline: 'x' });
  assert.equal(await received(QueueUrl), '{"headline":"x"}');
  assert.match((ended.output as { MessageId: string }).MessageId, /^[0-9a-f-]{36}$/);
  const missing = await flows.run(task('sns:publish', { TopicArn: `${TopicArn}-not`, Message: 'x' }));
  assert.equal(missing.description.error, 'SNS.NotFoundException');
  sns.destroy();
});

test('events:putEvents puts events that name where they come from, and fails with those that were not taken', async () => {
  const events = new EventBridgeClient(flows.settings);
  const QueueUrl = await queue('bus-readers');
  await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'shop', Targets: [{ Id: '1', Arn: arnOfQueue('bus-readers') }] }));
  const entry = { Source: 'shop', DetailType: 'sold', Detail: { 'order.$': '$.order' } };
  const ended = await flows.run(task('events:putEvents', { Entries: [entry] }), { order: 7 });
  assert.equal((ended.output as { FailedEntryCount: number }).FailedEntryCount, 0);
  const event = JSON.parse(await received(QueueUrl)) as { detail: object; resources: string[] };
  assert.deepEqual(event.detail, { order: 7 });
  assert.deepEqual(event.resources, [ended.executionArn, ended.description.stateMachineArn]);
  const failing = await flows.run(task('events:putEvents', { Entries: [{ ...entry, Detail: 'no json' }] }));
  assert.equal(failing.description.error, 'EventBridge.FailedEntry');
  assert.match(failing.description.cause ?? '', /"ErrorCode":"MalformedDetail"/);
  events.destroy();
});

test('every served operation is reached through aws-sdk, and its errors caught by their names', async () => {
  const s3 = new S3Client({ ...flows.settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'box' }));
  const ended = await flows.run(
    {
      Put: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:putObject',
        Parameters: { Bucket: 'box', Key: 'order.json', 'Body.$': '$' },
        ResultPath: null,
        Next: 'Get',
      },
      Get: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:getObject',
        Parameters: { Bucket: 'box', Key: 'order.json' },
        ResultSelector: { 'order.$': 'States.StringToJson($.Body)', 'bytes.$': '$.ContentLength' },
        Next: 'Missing',
      },
      Missing: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:getObject',
        Parameters: { Bucket: 'box', Key: 'none' },
        Catch: [{ ErrorEquals: ['S3.NoSuchKeyException'], ResultPath: '$.missing', Next: 'Done' }],
        End: true,
      },
      Done: { Type: 'Succeed' },
    },
    { order: 1 },
  );
  const { order, bytes, missing } = ended.output as { order: object; bytes: number; missing: { Cause: string } };
  assert.deepEqual([order, bytes], [{ order: 1 }, 11]);
  assert.match(missing.Cause, /^The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: [0-9a-f-]{36}\)$/);
  s3.destroy();
});

test('an integration whose service is not served says so', async () => {
  const ended = await flows.run(task('dynamodb:putItem', { TableName: 'stock', Item: { id: { S: '1' } } }));
  assert.equal(ended.description.error, 'DynamoDB.AmazonDynamoDBException');
  assert.match(ended.description.cause ?? '', /Mayfly does not serve PutItem/);
});

const CHILD = { Work: { Type: 'Pass', Parameters: { 'got.$': '$' }, End: true } };

test('a child is started, and waited for with its output as a text or as JSON', async () => {
  const StateMachineArn = await flows.machine(CHILD);
  const parameters = { StateMachineArn, Input: { 'n.$': '$.n' } };
  const started = await flows.run(task('states:startExecution', parameters), { n: 1 });
  const { ExecutionArn } = started.output as { ExecutionArn: string };
  assert.deepEqual((await flows.ended(ExecutionArn)).output, { got: { n: 1 } });
  const text = await flows.run(task('states:startExecution.sync', parameters), { n: 2 });
  assert.equal((text.output as { Output: string }).Output, '{"got":{"n":2}}');
  const json = await flows.run(task('states:startExecution.sync:2', parameters), { n: 3 });
  const { Output, Input, Status } = json.output as Record<string, unknown>;
  assert.deepEqual([Output, Input, Status], [{ got: { n: 3 } }, { n: 3 }, 'SUCCEEDED']);
  assert.deepEqual(typesOf(json).slice(2, 6), ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
  assert.equal(detailsOf(json, 'TaskSucceeded')['resource'], 'startExecution.sync:2');
});

test('a child that fails fails its task with its description', async () => {
  const StateMachineArn = await flows.machine({ Work: { Type: 'Fail', Error: 'Custom', Cause: 'because' } });
  const ended = await flows.run(task('states:startExecution.sync:2', { StateMachineArn }));
  assert.equal(ended.description.error, 'States.TaskFailed');
  const { Error: error, Cause, Status } = JSON.parse(ended.description.cause ?? '') as Record<string, unknown>;
  assert.deepEqual([error, Cause, Status], ['Custom', 'because', 'FAILED']);
});

test('a parent that is stopped stops the child that it waits for', async () => {
  const StateMachineArn = await flows.machine({ Wait: { Type: 'Wait', Seconds: 3600, End: true } });
  const parent = await flows.start(await flows.machine(task('states:startExecution.sync', { StateMachineArn })));
  await flows.event(parent, 'TaskSubmitted');
  const { executions = [] } = await flows.client.send(new ListExecutionsCommand({ stateMachineArn: StateMachineArn }));
  const child = executions[0]?.executionArn ?? '';
  await flows.client.send(new StopExecutionCommand({ executionArn: parent }));
  assert.equal((await flows.ended(child)).description.status, 'ABORTED');
  const { status } = await flows.client.send(new DescribeExecutionCommand({ executionArn: parent }));
  assert.equal(status, 'ABORTED');
});

test('a machine that is not there fails the task', async () => {
  const StateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:nobody';
  const ended = await flows.run(task('states:startExecution.sync', { StateMachineArn }));
  assert.equal(ended.description.error, 'StepFunctions.StateMachineDoesNotExistException');
  assert.equal(typesOf(ended).at(-2), 'TaskSubmitFailed');
});
