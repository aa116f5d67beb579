// Functions as tasks of running state machines: both forms, with what the history says, and every way to fail.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { detailsOf, runFlows, typesOf, type RunningFlows } from '../../support/running-flows.ts';

const SOURCE = `
export const handler = async (event) => {
  switch (event?.does) {
    case 'throws': { const error = new Error('no stock'); error.name = 'OutOfStock'; throw error; }
    case 'hangs': return new Promise(() => setInterval(() => {}, 1000));
    case 'exits': process.exit(7);
    case 'large': return 'x'.repeat(300_000);
    default: return { got: event };
  }
};`;

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:worker';

let flows: RunningFlows;
before(async () => {
  flows = await runFlows();
  await flows.platform.deploy('worker', SOURCE, { Timeout: 1 });
  await flows.platform.deploy('patient', SOURCE, { Timeout: 60 });
  await flows.platform.deploy('off', SOURCE);
  await flows.platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'off', ReservedConcurrentExecutions: 0 }));
});
after(() => flows.close());

const direct = (more: object = {}) => ({ Work: { Type: 'Task', Resource: ARN, End: true, ...more } });
const invoke = (parameters: object, more: object = {}) => ({
  Work: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: parameters, End: true, ...more },
});

test('a function’s ARN: its event is the input, its result the output', async () => {
  const ended = await flows.run(direct(), { order: 1 });
  assert.deepEqual(ended.output, { got: { order: 1 } });
  assert.deepEqual(typesOf(ended), [
    'ExecutionStarted',
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  assert.deepEqual(detailsOf(ended, 'LambdaFunctionScheduled'), {
    resource: ARN,
    input: '{"order":1}',
    inputDetails: { truncated: false },
  });
  assert.deepEqual(detailsOf(ended, 'LambdaFunctionSucceeded'), {
    output: '{"got":{"order":1}}',
    outputDetails: { truncated: false },
  });
});

test('the function’s error fails the task under its own name, and can be caught by it', async () => {
  const ended = await flows.run(direct(), { does: 'throws' });
  assert.equal(ended.description.status, 'FAILED');
  assert.equal(ended.description.error, 'OutOfStock');
  const { error, cause } = detailsOf(ended, 'LambdaFunctionFailed');
  assert.equal(error, 'OutOfStock');
  const document = JSON.parse(String(cause)) as Record<string, unknown>;
  assert.deepEqual([document['errorType'], document['errorMessage']], ['OutOfStock', 'no stock']);
  const caught = await flows.run(
    {
      ...direct({ Catch: [{ ErrorEquals: ['OutOfStock'], ResultPath: '$.failure', Next: 'Sorry' }] }),
      Sorry: { Type: 'Pass', OutputPath: '$.failure.Error', End: true },
    },
    { does: 'throws' },
  );
  assert.equal(caught.output, 'OutOfStock');
});

test('a function that runs into its timeout, and one whose process ends, say so', async () => {
  const slow = await flows.run(direct(), { does: 'hangs' });
  assert.equal(slow.description.error, 'Sandbox.Timedout');
  assert.match(slow.description.cause ?? '', /Task timed out after 1\.00 seconds/);
  const gone = await flows.run(direct(), { does: 'exits' });
  assert.equal(gone.description.error, 'Runtime.ExitError');
  assert.match(gone.description.cause ?? '', /Runtime exited with error: exit status 7/);
});

test('a state’s own timeout does not wait for the function', async () => {
  const ended = await flows.run(direct({ Resource: ARN.replace('worker', 'patient'), TimeoutSeconds: 1 }), { does: 'hangs' });
  assert.equal(ended.description.error, 'States.Timeout');
  assert.deepEqual(typesOf(ended).slice(2), [
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionTimedOut',
    'ExecutionFailed',
  ]);
});

test('a throttled function, and one that is not there, fail as Lambda’s client tells it', async () => {
  const throttled = await flows.run(invoke({ FunctionName: 'off' }));
  assert.equal(throttled.description.error, 'Lambda.TooManyRequestsException');
  assert.match(
    throttled.description.cause ?? '',
    /^Rate Exceeded\. \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  );
  const missing = await flows.run(invoke({ FunctionName: ARN.replace('worker', 'nobody') }));
  assert.deepEqual(typesOf(missing).slice(2), ['TaskScheduled', 'TaskStarted', 'TaskFailed', 'ExecutionFailed']);
  const { error, cause, resource, resourceType } = detailsOf(missing, 'TaskFailed');
  assert.deepEqual([error, resource, resourceType], ['Lambda.ResourceNotFoundException', 'invoke', 'lambda']);
  assert.match(
    String(cause),
    /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:\$LATEST \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; /,
  );
});

test('a throttled function is tried again as Retry says', async () => {
  const Retry = [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, MaxAttempts: 1 }];
  const ended = await flows.run(invoke({ FunctionName: 'off' }, { Retry }));
  assert.equal(typesOf(ended).filter((type) => type === 'TaskScheduled').length, 2);
});

test('lambda:invoke has what the API answers around the payload', async () => {
  const ended = await flows.run(invoke({ FunctionName: 'worker', 'Payload.$': '$' }), { order: 1 });
  const { Payload, ExecutedVersion, StatusCode, SdkHttpMetadata } = ended.output as Record<string, unknown>;
  assert.deepEqual([Payload, ExecutedVersion, StatusCode], [{ got: { order: 1 } }, '$LATEST', 200]);
  assert.equal((SdkHttpMetadata as { HttpStatusCode: number }).HttpStatusCode, 200);
  assert.deepEqual(detailsOf(ended, 'TaskScheduled'), {
    resourceType: 'lambda',
    resource: 'invoke',
    region: 'us-east-1',
    parameters: '{"FunctionName":"worker","Payload":{"order":1}}',
  });
  assert.deepEqual(detailsOf(ended, 'TaskStarted'), { resourceType: 'lambda', resource: 'invoke' });
});

test('a result beyond 256 KiB fails its task', async () => {
  const ended = await flows.run(direct(), { does: 'large' });
  assert.equal(ended.description.error, 'States.DataLimitExceeded');
  assert.equal(
    detailsOf(ended, 'LambdaFunctionFailed')['cause'],
    `The state/task '${ARN}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
});

test('with a task token the function answers first, and whoever has the token ends the task', async () => {
  const machine = await flows.machine({
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'worker', Payload: { 'token.$': '$$.Task.Token' } },
      End: true,
    },
  });
  const execution = await flows.start(machine);
  const { taskScheduledEventDetails: scheduled } = await flows.event(execution, 'TaskScheduled');
  const { Payload } = JSON.parse(scheduled?.parameters ?? '') as { Payload: { token: string } };
  await flows.event(execution, 'TaskSubmitted');
  await flows.client.send(new SendTaskSuccessCommand({ taskToken: Payload.token, output: '"done"' }));
  const ended = await flows.ended(execution);
  assert.equal(ended.output, 'done');
  assert.deepEqual(typesOf(ended).slice(2), [
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
});

test('a function that fails before its callback was not submitted', async () => {
  const ended = await flows.run({
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'worker', Payload: { does: 'throws', 'token.$': '$$.Task.Token' } },
      End: true,
    },
  });
  assert.deepEqual(typesOf(ended).slice(2), ['TaskScheduled', 'TaskStarted', 'TaskSubmitFailed', 'ExecutionFailed']);
  assert.equal(detailsOf(ended, 'TaskSubmitFailed')['error'], 'OutOfStock');
});
