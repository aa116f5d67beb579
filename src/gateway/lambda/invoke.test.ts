// The three operations that invoke, over rooms that remember what they were asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import type { RequestId } from '#kernel';
import type { AttemptResult, NewEvent, SynchronousCall } from '#invocation';
import { invocable, SCOPE } from '../../../test/support/invocable.ts';
import { usageRecord } from '../../../test/support/usage-records.ts';
import type { CallContext } from '../operation.ts';
import { createInvokeHandlers } from './invoke-handlers.ts';

const ANSWER = {
  kind: 'answered',
  answer: { functionError: undefined, payload: Buffer.from('"done"'), logLine: undefined, trouble: undefined },
  logTail: undefined,
  record: usageRecord({ start: 'prewarmed', why: 'first', specialiseMs: 0.5, loadMs: 4, durationMs: 1.25 }),
} as const satisfies AttemptResult;

function rooms(result: AttemptResult = ANSWER) {
  const calls: SynchronousCall[] = [];
  const events: NewEvent[] = [];
  const handlers = createInvokeHandlers({
    invocables: {
      async resolve(_scope, { name, qualifier }) {
        if (name !== 'hello') throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
        return invocable('hello', {
          qualifier,
          invokedArn: `arn:aws:lambda:us-east-1:000000000000:function:hello${qualifier === undefined ? '' : `:${qualifier}`}`,
        });
      },
    },
    invocations: {
      invoke: async (call) => (calls.push(call), result),
      accept: async (event) => void events.push(event),
    },
    durable: {
      call: async () => assert.fail('it is not durable'),
      accept: async () => assert.fail('it is not durable'),
    },
  });
  return { calls, events, handlers };
}

const CONTEXT: CallContext = {
  requestId: '11111111-2222-4333-8444-555555555555' as RequestId,
  scope: SCOPE,
  principal: { kind: 'anonymous' },
  endpoint: 'http://127.0.0.1:4566',
  headers: { 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793' },
  sourceAddress: '127.0.0.1',
  signal: new AbortController().signal,
  callerGone: new AbortController().signal,
  trailers: new Map(),
};

const refused = (code: string, message?: RegExp) => (error: unknown) => {
  assert(error instanceof ApiError, String(error));
  assert.equal(error.code, code);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

test('an invocation runs under the request’s own id and answers with the payload and the version', async () => {
  const { calls, handlers } = rooms();
  const answer = await handlers.Invoke({ FunctionName: 'hello:live', Payload: Buffer.from('{"n":1}'), LogType: 'Tail' }, CONTEXT);
  assert.deepEqual(answer, { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: Buffer.from('"done"') });
  assert.equal(calls[0]?.requestId, CONTEXT.requestId);
  assert.equal(calls[0]?.wantsTail, true);
  assert.equal(calls[0]?.invocable.qualifier, 'live');
  assert.equal(calls[0]?.traceHeader, CONTEXT.headers['x-amzn-trace-id']);
});

test('a function’s error and the log’s tail are in the answer', async () => {
  const failed = { ...ANSWER, answer: { ...ANSWER.answer, functionError: 'Unhandled' }, logTail: 'dGFpbA==' } as const;
  const answer = await rooms(failed).handlers.Invoke({ FunctionName: 'hello' }, CONTEXT);
  assert.deepEqual([answer.FunctionError, answer.LogResult, answer.StatusCode], ['Unhandled', 'dGFpbA==', 200]);
});

test('who asks is told how the invocation was started and where its time went; nobody else is', async () => {
  const { handlers } = rooms();
  const asking = { ...CONTEXT, headers: { 'x-mayfly-explain': '1' } };
  assert.deepEqual((await handlers.Invoke({ FunctionName: 'hello' }, asking)).$headers, {
    'x-mayfly-start': 'prewarmed',
    'x-mayfly-why': 'first',
    'x-mayfly-phases': 'specialise=0.50 load=4.00 run=1.25 ms',
  });
  assert.equal((await handlers.Invoke({ FunctionName: 'hello' }, CONTEXT)).$headers, undefined);
});

test('no payload is an empty event', async () => {
  const { calls, handlers } = rooms();
  await handlers.Invoke({ FunctionName: 'hello' }, CONTEXT);
  await handlers.Invoke({ FunctionName: 'hello', Payload: new Uint8Array(0) }, CONTEXT);
  assert.deepEqual(
    calls.map(({ payload }) => Buffer.from(payload).toString()),
    ['{}', '{}'],
  );
});

test('what is no JSON is refused before anything runs', async () => {
  const { calls, handlers } = rooms();
  for (const payload of ['{', 'hello', '{"a":1}x', '\uFEFF{}'])
    await assert.rejects(
      handlers.Invoke({ FunctionName: 'hello', Payload: Buffer.from(payload) }, CONTEXT),
      refused('InvalidRequestContentException', /^Could not parse request body into json: /),
    );
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', Payload: Buffer.of(0x22, 0xff, 0x22) }, CONTEXT),
    refused('InvalidRequestContentException', /UTF-8/),
  );
  assert.equal(calls.length, 0);
});

test('payloads have Lambda’s limits: 6 MiB, and 1 MiB for events', async () => {
  const { handlers } = rooms();
  const text = (bytes: number) => Buffer.from(`"${'x'.repeat(bytes - 2)}"`);
  const MIB = 1_048_576;
  assert.equal((await handlers.Invoke({ FunctionName: 'hello', Payload: text(6 * MIB) }, CONTEXT)).StatusCode, 200);
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', Payload: text(6 * MIB + 1) }, CONTEXT),
    refused(
      'RequestEntityTooLargeException',
      /^6291457 byte payload is too large for the RequestResponse invocation type \(limit 6291456 bytes\)$/,
    ),
  );
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', Payload: text(MIB + 1), InvocationType: 'Event' }, CONTEXT),
    refused('RequestEntityTooLargeException', /for the Event invocation type/),
  );
});

test('an event is accepted for the name that the caller used', async () => {
  const { calls, events, handlers } = rooms();
  const context = Buffer.from('{"custom":{"a":1}}').toString('base64');
  const answer = await handlers.Invoke(
    { FunctionName: 'hello', Qualifier: 'live', InvocationType: 'Event', ClientContext: context },
    CONTEXT,
  );
  assert.deepEqual(answer, { StatusCode: 202 });
  assert.equal(calls.length, 0);
  assert.equal(events[0]?.functionArn, 'arn:aws:lambda:us-east-1:000000000000:function:hello:live');
  assert.equal(events[0]?.clientContext, '{"custom":{"a":1}}');
});

test('a dry run only looks', async () => {
  const { calls, events, handlers } = rooms();
  assert.deepEqual(await handlers.Invoke({ FunctionName: 'hello', InvocationType: 'DryRun' }, CONTEXT), {
    StatusCode: 204,
    ExecutedVersion: '$LATEST',
  });
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'gone', InvocationType: 'DryRun' }, CONTEXT),
    refused('ResourceNotFoundException'),
  );
  assert.equal(calls.length + events.length, 0);
});

test('a client context is base64 of JSON and no larger than Lambda takes', async () => {
  const { calls, handlers } = rooms();
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', ClientContext: 'bm8=' }, CONTEXT),
    refused('InvalidRequestContentException'),
  );
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', ClientContext: 'A'.repeat(3584) }, CONTEXT),
    refused('InvalidRequestContentException', /3583/),
  );
  assert.equal(calls.length, 0);
});

test('throttles carry Lambda’s reason; a platform that cannot start anything says so with a retryable error', async () => {
  const reason = 'ReservedFunctionConcurrentInvocationLimitExceeded';
  await assert.rejects(
    rooms({ kind: 'throttled', reason }).handlers.Invoke({ FunctionName: 'hello' }, CONTEXT),
    (error: unknown) => {
      refused('TooManyRequestsException', /^Rate Exceeded\.$/)(error);
      assert.deepEqual((error as ApiError).fields, { Reason: reason, Type: 'User' });
      return true;
    },
  );
  await assert.rejects(
    rooms({ kind: 'failed', cause: new Error('fork') }).handlers.Invoke({ FunctionName: 'hello' }, CONTEXT),
    refused('ServiceException', /sandbox/),
  );
  await assert.rejects(
    rooms({ kind: 'closed' }).handlers.Invoke({ FunctionName: 'hello' }, CONTEXT),
    refused('ServiceException', /shutting down/),
  );
});

test('what is not served is refused by name', async () => {
  const { handlers } = rooms();
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', DurableExecutionName: 'x' }, CONTEXT),
    refused('InvalidParameterValueException', /Durable/),
  );
  await assert.rejects(
    handlers.Invoke({ FunctionName: 'hello', TenantId: 't' }, CONTEXT),
    refused('InvalidParameterValueException', /Remove the tenant ID/),
  );
});

test('InvokeAsync is an event with its body for payload', async () => {
  const { events, handlers } = rooms();
  async function* body() {
    yield Buffer.from('{"n"');
    yield Buffer.from(':1}');
  }
  assert.deepEqual(await handlers.InvokeAsync({ FunctionName: 'hello', InvokeArgs: body() }, CONTEXT), { Status: 202 });
  assert.equal(Buffer.from(events[0]?.payload ?? []).toString(), '{"n":1}');
});
