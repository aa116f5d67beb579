// Functions as tasks, with the room of invocations over sandboxes that follow a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#workflows';
import { ApiError, LIMITS } from '#kernel';
import { invocable, SCOPE } from '../../../test/support/invocable.ts';
import { invocationHouse } from '../../../test/support/invocation-house.ts';
import { startedTask } from '../../../test/support/started-task.ts';
import type { Script } from '../../../test/support/fake-launcher.ts';
import { FunctionTasks, requestIdOf } from './function-task.ts';
import type { TaskEnd } from './task-port.ts';

const ARN = `arn:aws:lambda:${SCOPE.region}:${SCOPE.account}:function:hello`;
const INVOKE = 'arn:aws:states:::lambda:invoke';

function house(script?: Script, options: Parameters<typeof invocationHouse>[0] = {}) {
  const h = invocationHouse({ ...options, ...(script === undefined ? {} : { script }) });
  const tasks = new FunctionTasks({
    clock: h.clock,
    functions: {
      async resolve(_scope, { name, qualifier }) {
        const found = h.known.get(name);
        if (found === undefined)
          throw new ApiError('ResourceNotFoundException', `Function not found: ${name}:${qualifier ?? '$LATEST'}`);
        return found;
      },
    },
    invocations: h.invocations,
  });
  return {
    ...h,
    direct: (input: Json, arn = ARN) => h.clock.until(tasks.runFunction(startedTask(arn, input), arn)),
    invokes: (input: Json, resource = INVOKE) => h.clock.until(tasks.runInvoke(startedTask(resource, input))),
  };
}

const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const throwing = (document: unknown): Script => ({
  run: () => ({ outcome: { kind: 'threw', payload: json(document), handlerMs: 1, ranMs: 1 } }),
});
const returning = (text: string): Script => ({
  run: () => ({ outcome: { kind: 'returned', payload: json(text), handlerMs: 1, ranMs: 1 } }),
});

function failure(end: TaskEnd): readonly [string, string] {
  assert(end.kind === 'failed', end.kind);
  return [end.error, end.cause];
}

test('a function’s ARN gets the input as its event, and what it returns is the result', async () => {
  const h = house();
  assert.deepEqual(await h.direct({ n: 1 }), { kind: 'succeeded', output: { n: 1 } });
  assert.deepEqual(await h.direct(null), { kind: 'succeeded', output: null });
});

test('a task that is begun again invokes under the same request id, another task under another', async () => {
  const h = house();
  await h.direct({});
  await h.direct({});
  const [first, again] = h.records.map(({ requestId }) => requestId);
  assert.equal(first, again);
  assert.equal(first, requestIdOf(startedTask(ARN, {})));
  assert.notEqual(first, requestIdOf(startedTask(ARN, {}, { taskId: 'root:4' })));
});

test('the function’s error is the task’s, its document the cause', async () => {
  const document = { errorType: 'CustomError', errorMessage: 'no', trace: ['at x'] };
  assert.deepEqual(failure(await house(throwing(document)).direct({})), ['CustomError', JSON.stringify(document)]);
  assert.deepEqual(failure(await house(throwing(document)).invokes({ FunctionName: 'hello' })), [
    'CustomError',
    JSON.stringify(document),
  ]);
});

test('an error without a type is Lambda.Unknown', async () => {
  const unknown = 'The cause could not be determined because Lambda did not return an error type. Returned payload: ';
  for (const text of ['{"errorMessage":"x"}', '"text"', 'no json', '{"errorType":7}'])
    assert.deepEqual(failure(await house(throwing(text)).direct({})), ['Lambda.Unknown', unknown + text]);
});

test('a timeout and a process that dies have the documents that Lambda writes', async () => {
  const slow = house({ run: () => ({ outcome: { kind: 'timedOut', afterMs: 3000 } }) });
  const [error, cause] = failure(await slow.direct({}));
  assert.equal(error, 'Sandbox.Timedout');
  assert.match(
    cause,
    /^\{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: \S+ Error: Task timed out after 3\.00 seconds"\}$/,
  );
  const crashing = house({ run: () => ({ outcome: { kind: 'crashed', exitCode: 7, signal: undefined, detail: '' } }) });
  const [crash, why] = failure(await crashing.direct({}));
  assert.equal(crash, 'Runtime.ExitError');
  assert.match(why, /Runtime exited with error: exit status 7/);
});

test('a function that is not there, that is throttled, or that no sandbox could be started for, fails as AWS’s SDK tells it', async () => {
  const gone = failure(await house().invokes({ FunctionName: 'gone' }));
  assert.equal(gone[0], 'Lambda.ResourceNotFoundException');
  assert.match(
    gone[1],
    /^Function not found: gone:\$LATEST \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  );
  const off = house(undefined, { functions: [invocable('hello', { reservedConcurrency: 0 })] });
  const throttled = failure(await off.direct({}));
  assert.equal(throttled[0], 'Lambda.TooManyRequestsException');
  assert.match(throttled[1], /^Rate Exceeded\. \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; /);
  const broken = failure(await house({ launch: () => ({ fails: new Error('no') }) }).direct({}));
  assert.equal(broken[0], 'Lambda.ServiceException');
  assert.match(broken[1], /Status Code: 500/);
  const elsewhere = failure(await house().direct({}, 'arn:aws:lambda:us-east-1:222222222222:function:hello'));
  assert.equal(elsewhere[0], 'Lambda.AWSLambdaException');
  assert.match(elsewhere[1], /Status Code: 403; Error Code: AccessDeniedException/);
});

test('a result beyond what a state may have is refused before it is read', async () => {
  const h = house(returning(JSON.stringify('x'.repeat(LIMITS.statePayloadBytes))));
  assert.deepEqual(failure(await h.direct({})), [
    'States.DataLimitExceeded',
    `The state/task '${ARN}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  ]);
  assert.deepEqual(failure(await h.invokes({ FunctionName: 'hello' })), [
    'States.DataLimitExceeded',
    "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
  ]);
});

test('a result that nests too deep is refused before anybody walks through it', async () => {
  const deep = house(returning('['.repeat(LIMITS.dataDepth + 1) + ']'.repeat(LIMITS.dataDepth + 1)));
  assert.deepEqual(failure(await deep.direct({})), [
    'States.Runtime',
    `The state/task '${ARN}' returned a result that nests deeper than ${LIMITS.dataDepth} levels.`,
  ]);
});

test('what is no JSON is a text', async () => {
  assert.deepEqual(await house(returning('plain')).direct({}), { kind: 'succeeded', output: 'plain' });
});

test('lambda:invoke answers what the API does, around the payload', async () => {
  const h = house();
  const end = await h.invokes({ FunctionName: ARN, Payload: { a: [1] } });
  assert(end.kind === 'succeeded');
  const [{ requestId } = { requestId: '' }] = h.records;
  const headers = {
    Connection: 'keep-alive',
    'Content-Length': '9',
    'Content-Type': 'application/json',
    Date: new Date(h.clock.now()).toUTCString(),
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  const { SdkHttpMetadata, ...rest } = end.output as { SdkHttpMetadata: { HttpHeaders: { 'X-Amzn-Trace-Id': string } } };
  assert.deepEqual(rest, {
    ExecutedVersion: '$LATEST',
    Payload: { a: [1] },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  });
  const { 'X-Amzn-Trace-Id': trace, ...shown } = SdkHttpMetadata.HttpHeaders;
  assert.deepEqual({ ...shown, Date: '' }, { ...headers, Date: '' });
  assert.match(trace, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  assert.deepEqual(Object.keys(end.output as object), [
    'ExecutedVersion',
    'Payload',
    'SdkHttpMetadata',
    'SdkResponseMetadata',
    'StatusCode',
  ]);
});

test('a text is the payload as it stands, and nothing is an empty event', async () => {
  const payloadOf = async (more: { readonly [name: string]: Json }) => {
    const end = await house().invokes({ FunctionName: 'hello', ...more });
    assert(end.kind === 'succeeded');
    return (end.output as { Payload: Json }).Payload;
  };
  assert.deepEqual(await payloadOf({ Payload: '{"a":1}' }), { a: 1 });
  assert.equal(await payloadOf({ Payload: '"a"' }), 'a');
  assert.deepEqual(await payloadOf({ Payload: null }), {});
  assert.deepEqual(await payloadOf({}), {});
  assert.equal(await payloadOf({ Payload: 0 }), 0);
  const refused = await house().invokes({ FunctionName: 'hello', Payload: 'a text' });
  assert(refused.kind === 'failed' && refused.error === 'Lambda.InvalidRequestContentException', JSON.stringify(refused));
  assert.match(refused.cause, /^Could not parse request body into json/);
});

test('the tail of the log comes with the answer, a dry run invokes nothing, an event is accepted under the task’s id', async () => {
  const h = house();
  const tail = await h.invokes({ FunctionName: 'hello', LogType: 'Tail' });
  assert(tail.kind === 'succeeded');
  assert.match(Buffer.from((tail.output as { LogResult: string }).LogResult, 'base64').toString(), /START RequestId/);
  const dry = await h.invokes({ FunctionName: 'hello', InvocationType: 'DryRun' });
  assert(dry.kind === 'succeeded' && (dry.output as { StatusCode: number }).StatusCode === 204);
  assert.equal(h.records.length, 1);
  const event = await h.invokes({ FunctionName: 'hello', InvocationType: 'Event', Payload: { e: 1 } });
  assert(event.kind === 'succeeded' && (event.output as { StatusCode: number }).StatusCode === 202);
  assert(h.deliveries.rows.has(requestIdOf(startedTask(INVOKE, {}))));
});

test('with a task token the answer is what was submitted, and a failure is one of submitting', async () => {
  const end = await house().invokes({ FunctionName: 'hello' }, `${INVOKE}.waitForTaskToken`);
  assert(end.kind === 'submitted');
  assert.deepEqual(end.waitsFor, { kind: 'callback' });
  const failed = await house(throwing({ errorType: 'E' })).invokes({ FunctionName: 'hello' }, `${INVOKE}.waitForTaskToken`);
  assert(failed.kind === 'failed' && failed.stage === 'submit');
});

test('parameters that do not fit are complained of, all of them', async () => {
  const of = async (input: Json) => failure(await house().invokes(input));
  assert.deepEqual(await of({ Payload: {} }), [
    'States.Runtime',
    `The Parameters '{"Payload":{}}' could not be used to start the Task: [The field 'FunctionName' is required but was missing]`,
  ]);
  const [, cause] = await of({ FunctionName: 1, Other: 2, InvocationType: 'x', LogType: 'y', ClientContext: 'e' });
  assert.match(
    cause,
    /\[The field 'Other' is not supported by Step Functions, The value for the field 'FunctionName' must be a STRING, The value of the field 'InvocationType' has an invalid format, The value of the field 'LogType' has an invalid format, The value of the field 'ClientContext' has an invalid format\]$/,
  );
  assert.equal((await of('text'))[0], 'States.Runtime');
});

test('a platform that goes down interrupts the task instead of failing it', async () => {
  const h = house({ run: () => ({ takesMs: 1_000_000 }) }, { functions: [invocable('hello', { timeoutSeconds: 900 })] });
  const running = h.direct({});
  const closing = h.clock.until(h.invocations.close(10));
  assert.deepEqual(await running, { kind: 'interrupted' });
  await closing;
});
