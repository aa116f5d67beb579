// Tasks by their resources, on real rooms: what is sent, what comes back, and how it fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ApiError } from '#kernel';
import type { Json, JsonObject } from '#workflows';
import { calledOperations } from '../../../test/support/called-operations.ts';
import type { CalledOperations } from '../../../test/support/called-operations.ts';
import { SCOPE } from '../../../test/support/invocable.ts';
import { startedTask } from '../../../test/support/started-task.ts';
import { requestIdOf } from './function-task.ts';
import type { TaskEnd } from './task-port.ts';
import { createTasks } from './tasks.ts';

const MACHINE = `arn:aws:states:${SCOPE.region}:${SCOPE.account}:stateMachine:child`;
const EXECUTION = MACHINE.replace('stateMachine', 'execution');

interface StartInput {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input?: string;
}

interface House extends CalledOperations {
  /** What StartExecution was asked for. */
  readonly started: StartInput[];
  run(resource: string, input: Json, signal?: AbortSignal): Promise<TaskEnd>;
  refusalOf(resource: string): string | undefined;
}

async function house(context: TestContext, more: { readonly type?: 'EXPRESS'; readonly starts?: () => void } = {}): Promise<House> {
  const started: StartInput[] = [];
  const startDate = new Date(Date.UTC(2026, 10, 21, 12));
  const called = await calledOperations(context, {
    sfn: {
      handlers: {
        async StartExecution(input: StartInput) {
          started.push(input);
          more.starts?.();
          return { executionArn: `${EXECUTION}:${input.name}`, startDate };
        },
        async DescribeStateMachine({ stateMachineArn }: { readonly stateMachineArn: string }) {
          if (stateMachineArn !== MACHINE) throw new ApiError('StateMachineDoesNotExist', `${stateMachineArn} is no machine.`);
          return { type: more.type ?? 'STANDARD' };
        },
        DescribeExecution: async ({ executionArn }: { readonly executionArn: string }) => ({ executionArn, startDate }),
      },
    },
  });
  const nobody = () => Promise.reject(new Error('not asked here'));
  const tasks = createTasks({
    clock: called.clock,
    operations: called.operations,
    functions: { resolve: nobody },
    invocations: { invoke: nobody, accept: nobody },
    connections: { additionsOf: nobody },
    http: { exchange: nobody },
  });
  return {
    ...called,
    started,
    run: (resource, input, signal) => tasks.run(startedTask(resource, input, signal === undefined ? {} : { signal })),
    refusalOf: (resource) => tasks.refusalOf(startedTask(resource, {}).command.resource),
  };
}

function output(end: TaskEnd): JsonObject {
  assert(end.kind === 'succeeded' || end.kind === 'submitted', JSON.stringify(end));
  return end.output as JsonObject;
}

function failure(end: TaskEnd): readonly [string, string] {
  assert(end.kind === 'failed', JSON.stringify(end));
  return [end.error, end.cause];
}

async function queue({ call }: House): Promise<string> {
  const end = await call('sqs', 'createQueue', { QueueName: 'orders' });
  assert(end.kind === 'answered');
  const url = end.output['QueueUrl'];
  assert(typeof url === 'string');
  return url;
}

const ID = requestIdOf(startedTask('arn:aws:states:::sqs:sendMessage', {}));

test('sqs:sendMessage sends a document as it is, and its result has what AWS’s has', async (context) => {
  const h = await house(context);
  const QueueUrl = await queue(h);
  const end = await h.run('arn:aws:states:::sqs:sendMessage', { QueueUrl, MessageBody: { a: 1 } });
  assert.equal(end.kind, 'succeeded');
  const result = output(end);
  assert.deepEqual(Object.keys(result), ['MD5OfMessageBody', 'MessageId', 'SdkHttpMetadata', 'SdkResponseMetadata']);
  assert.deepEqual(result['SdkResponseMetadata'], { RequestId: ID });
  assert.equal((result['SdkHttpMetadata'] as JsonObject)['HttpStatusCode'], 200);
  const received = await h.call('sqs', 'receiveMessage', { QueueUrl });
  assert(received.kind === 'answered');
  assert.equal((received.output['Messages'] as readonly JsonObject[])[0]?.['Body'], '{"a":1}');
});

test('with a task token the message was submitted, and what could not be sent is a failure of submitting', async (context) => {
  const h = await house(context);
  const QueueUrl = await queue(h);
  const end = await h.run('arn:aws:states:::sqs:sendMessage.waitForTaskToken', { QueueUrl, MessageBody: 'x' });
  assert(end.kind === 'submitted');
  assert.deepEqual(end.waitsFor, { kind: 'callback' });
  const gone = await h.run('arn:aws:states:::sqs:sendMessage.waitForTaskToken', { QueueUrl: `${QueueUrl}-gone`, MessageBody: 'x' });
  assert(gone.kind === 'failed');
  assert.equal(gone.stage, 'submit');
});

test('an optimised integration’s error has the names of the older SDK, one through aws-sdk those of the newer', async (context) => {
  const h = await house(context);
  const input = { QueueUrl: `http://127.0.0.1:4566/${SCOPE.account}/none`, MessageBody: 'x' };
  assert.deepEqual(failure(await h.run('arn:aws:states:::sqs:sendMessage', input)), [
    'SQS.QueueDoesNotExistException',
    `The specified queue does not exist. (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: ${ID}; Proxy: null)`,
  ]);
  assert.deepEqual(failure(await h.run('arn:aws:states:::aws-sdk:sqs:sendMessage', input)), [
    'Sqs.QueueDoesNotExistException',
    `The specified queue does not exist. (Service: Sqs, Status Code: 400, Request ID: ${ID})`,
  ]);
  const dynamodb = { TableName: 't', Key: { id: { S: 'x' } } };
  assert.equal(failure(await h.run('arn:aws:states:::dynamodb:getItem', dynamodb))[0], 'DynamoDB.AmazonDynamoDBException');
  assert.equal(failure(await h.run('arn:aws:states:::aws-sdk:dynamodb:getItem', dynamodb))[0], 'DynamoDb.DynamoDbException');
});

test('sns:publish publishes', async (context) => {
  const h = await house(context);
  const topic = await h.call('sns', 'createTopic', { Name: 'news' });
  assert(topic.kind === 'answered');
  const { TopicArn = null } = topic.output;
  const result = output(await h.run('arn:aws:states:::sns:publish', { TopicArn, Message: { a: 1 } }));
  assert.deepEqual(Object.keys(result), ['MessageId', 'SdkHttpMetadata', 'SdkResponseMetadata']);
  const gone = await h.run('arn:aws:states:::sns:publish', {
    TopicArn: `arn:aws:sns:us-east-1:${SCOPE.account}:gone`,
    Message: 'x',
  });
  assert.equal(failure(gone)[0], 'SNS.NotFoundException');
});

test('events:putEvents puts its execution and its machine among the resources', async (context) => {
  const h = await house(context);
  const asked: JsonObject[] = [];
  const { operations } = h;
  const tasks = createTasks({
    clock: h.clock,
    operations: { ...operations, call: (call) => (asked.push(call.parameters as JsonObject), operations.call(call)) },
    functions: { resolve: () => Promise.reject(new Error()) },
    invocations: { invoke: () => Promise.reject(new Error()), accept: () => Promise.reject(new Error()) },
    connections: { additionsOf: () => Promise.reject(new Error()) },
    http: { exchange: () => Promise.reject(new Error()) },
  });
  const entry = { Source: 'shop', DetailType: 'order', Detail: { id: 1 } };
  const task = startedTask('arn:aws:states:::events:putEvents', { Entries: [entry, { ...entry, Resources: ['arn:x'] }] });
  const result = output(await tasks.run(task));
  assert.equal(result['FailedEntryCount'], 0);
  const { arn, machineArn } = task.facts;
  assert.deepEqual(
    asked.flatMap(({ Entries }) => Entries as readonly JsonObject[]).map(({ Resources }) => Resources),
    [
      [arn, machineArn],
      ['arn:x', arn, machineArn],
    ],
  );
});

test('an entry that was not taken fails the task', async (context) => {
  const h = await house(context);
  const end = await h.run('arn:aws:states:::events:putEvents', {
    Entries: [{ Source: 'shop', DetailType: 'order', Detail: 'no json' }],
  });
  const [error, cause] = failure(end);
  assert.equal(error, 'EventBridge.FailedEntry');
  const told = JSON.parse(cause) as { Entries: readonly { ErrorCode: string }[]; FailedEntryCount: number };
  assert.deepEqual([told.FailedEntryCount, told.Entries[0]?.ErrorCode], [1, 'MalformedDetail']);
});

test('startExecution names a child after its task, so that it is found again', async (context) => {
  const h = await house(context);
  const end = await h.run('arn:aws:states:::states:startExecution', { StateMachineArn: MACHINE, Input: { a: 1 } });
  assert.deepEqual(h.started, [{ stateMachineArn: MACHINE, name: ID, input: '{"a":1}' }]);
  const result = output(end);
  assert.deepEqual(Object.keys(result), ['ExecutionArn', 'SdkHttpMetadata', 'SdkResponseMetadata', 'StartDate']);
  assert.equal(result['ExecutionArn'], `${EXECUTION}:${ID}`);
  assert.equal(result['StartDate'], '2026-11-21T12:00:00Z');
});

const exists = () => {
  throw new ApiError('ExecutionAlreadyExists', "Execution Already Exists: 'x'");
};

test('a child of an earlier process is waited for, one of that name that somebody else began is a failure', async (context) => {
  const h = await house(context, { starts: exists });
  const found = await h.run('arn:aws:states:::states:startExecution.sync', { StateMachineArn: MACHINE });
  assert(found.kind === 'submitted');
  assert.deepEqual(found.waitsFor, { kind: 'execution', arn: `${EXECUTION}:${ID}` });
  assert.deepEqual(Object.keys(output(found)), ['ExecutionArn', 'SdkHttpMetadata', 'SdkResponseMetadata', 'StartDate']);
  const named = await h.run('arn:aws:states:::states:startExecution.sync', { StateMachineArn: MACHINE, Name: 'taken' });
  assert(named.kind === 'failed' && named.stage === 'submit');
  assert.deepEqual(failure(named), [
    'StepFunctions.ExecutionAlreadyExistsException',
    `Execution Already Exists: 'x' (Service: AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists; Request ID: ${ID}; Proxy: null)`,
  ]);
});

test('.sync waits for the child’s end, .waitForTaskToken for a callback', async (context) => {
  const h = await house(context);
  for (const pattern of ['.sync', '.sync:2']) {
    const end = await h.run(`arn:aws:states:::states:startExecution${pattern}`, { StateMachineArn: MACHINE, Name: 'one' });
    assert(end.kind === 'submitted');
    assert.deepEqual(end.waitsFor, { kind: 'execution', arn: `${EXECUTION}:one` });
  }
  const waiting = await h.run('arn:aws:states:::states:startExecution.waitForTaskToken', { StateMachineArn: MACHINE });
  assert(waiting.kind === 'submitted');
  assert.deepEqual(waiting.waitsFor, { kind: 'callback' });
});

test('an express child cannot be waited for, and is not begun', async (context) => {
  const h = await house(context, { type: 'EXPRESS' });
  for (const StateMachineArn of [MACHINE, `${MACHINE}:3`, `${MACHINE}:live`]) {
    const [error, cause] = failure(await h.run('arn:aws:states:::states:startExecution.sync', { StateMachineArn }));
    assert.equal(error, 'States.Runtime');
    assert.match(cause, /startSyncExecution/);
  }
  assert.deepEqual(h.started, []);
});

test('through aws-sdk, members have the SDK’s names and nothing is added', async (context) => {
  const h = await house(context);
  const QueueUrl = await queue(h);
  const end = await h.run('arn:aws:states:::aws-sdk:sqs:sendMessage', { QueueUrl, MessageBody: 'x' });
  assert.deepEqual(Object.keys(output(end)).toSorted(), ['Md5OfMessageBody', 'MessageId']);
  const token = await h.run('arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken', { QueueUrl, MessageBody: 'x' });
  assert.equal(token.kind, 'submitted');
});

test('a failure that comes when the task is over is no failure', async (context) => {
  const h = await house(context);
  const end = await h.run(
    'arn:aws:states:::aws-sdk:sqs:deleteQueue',
    { QueueUrl: 'http://x/000000000000/none' },
    AbortSignal.abort(),
  );
  assert.deepEqual(end, { kind: 'interrupted' });
});

test('parameters that Step Functions does not have for an integration are refused', async (context) => {
  const h = await house(context);
  const [error, cause] = failure(
    await h.run('arn:aws:states:::sqs:sendMessage', { QueueUrl: 'u', MessageBody: 'x', MessageSystemAttributes: {} }),
  );
  assert.equal(error, 'States.Runtime');
  assert.match(cause, /\[The field 'MessageSystemAttributes' is not supported by Step Functions\]$/);
  assert.match(failure(await h.run('arn:aws:states:::sqs:sendMessage', {}))[1], /'QueueUrl' is required but was missing/);
});

test('what is not served is refused by name, before and when it is run', async (context) => {
  const h = await house(context);
  for (const served of [
    'sqs:sendMessage',
    'sqs:sendMessage.waitForTaskToken',
    'states:startExecution.sync:2',
    'lambda:invoke',
    'http:invoke',
    'dynamodb:putItem',
    'aws-sdk:dynamodb:query',
    'aws-sdk:sfn:startSyncExecution',
  ])
    assert.equal(h.refusalOf(`arn:aws:states:::${served}`), undefined, served);
  for (const refused of [
    'sqs:sendMessage.sync',
    'sqs:receiveMessage',
    'ecs:runTask.sync',
    'http:invoke.waitForTaskToken',
    'aws-sdk:sqs:sendMessage.sync',
    'aws-sdk:ec2:runInstances',
    'aws-sdk:sqs:fly',
    'constructor:name',
  ]) {
    assert.notEqual(h.refusalOf(`arn:aws:states:::${refused}`), undefined, refused);
    assert.equal(failure(await h.run(`arn:aws:states:::${refused}`, {}))[0], 'States.Runtime');
  }
});
