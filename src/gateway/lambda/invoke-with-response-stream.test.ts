// InvokeWithResponseStream over an invocation that the test plays: what is an event of the stream, and what an error before it.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { AttemptResult, SynchronousCall } from '#invocation';
import { ApiError, LIMITS } from '#kernel';
import type { RequestId } from '#kernel';
import { invocable, SCOPE } from '../../../test/support/invocable.ts';
import { usageRecord } from '../../../test/support/usage-records.ts';
import type { CallContext } from '../operation.ts';
import { createInvokeWithResponseStream } from './invoke-with-response-stream.ts';

function answered(payload = '', functionError?: 'Unhandled', logTail?: string): AttemptResult {
  return {
    kind: 'answered',
    answer: { functionError, payload: Buffer.from(payload), logLine: undefined, trouble: undefined },
    logTail,
    record: usageRecord(),
  };
}

/** A handler whose invocation does what the test says, when it says so. */
function open() {
  const gone = new AbortController();
  const started = Promise.withResolvers<SynchronousCall>();
  const result = Promise.withResolvers<AttemptResult>();
  const handler = createInvokeWithResponseStream({
    invocables: { resolve: async () => invocable('hello') },
    invocations: {
      invoke: (call) => {
        started.resolve(call);
        return result.promise;
      },
      accept: async () => assert.fail('nothing is an event'),
    },
  });
  const context: CallContext = {
    requestId: '11111111-2222-4333-8444-555555555555' as RequestId,
    scope: SCOPE,
    principal: { kind: 'anonymous' },
    endpoint: 'http://127.0.0.1:4566',
    headers: {},
    sourceAddress: '127.0.0.1',
    signal: gone.signal,
    callerGone: gone.signal,
    trailers: new Map(),
  };
  return { handler, context, started: started.promise, settle: result.resolve, gone };
}

const eventsIn = (output: { EventStream?: AsyncIterable<unknown> | undefined }) => {
  assert(output.EventStream !== undefined);
  return output.EventStream[Symbol.asyncIterator]();
};

test('chunks are answered while the function runs, and the end when its invocation has ended', async () => {
  const { handler, context, started, settle } = open();
  const answering = handler({ FunctionName: 'hello', Payload: Buffer.from('{"n":1}'), LogType: 'Tail' }, context);
  const call = await started;
  assert.deepEqual([Buffer.from(call.payload).toString(), call.wantsTail, call.requestId], ['{"n":1}', true, context.requestId]);
  const body = new PassThrough();
  call.onStream?.({ contentType: undefined, body });
  const output = await answering;
  assert.deepEqual([output.StatusCode, output.ExecutedVersion], [200, '$LATEST']);
  const events = eventsIn(output);
  body.write('one');
  assert.deepEqual(await events.next(), { done: false, value: { PayloadChunk: { Payload: Buffer.from('one') } } });
  body.end();
  const last = events.next();
  settle(answered('', undefined, 'dGFpbA=='));
  assert.deepEqual(await last, { done: false, value: { InvokeComplete: { LogResult: 'dGFpbA==' } } });
  assert.equal((await events.next()).done, true);
});

test('an error in the middle ends the stream with its type and its document', async () => {
  const { handler, context, started, settle } = open();
  const answering = handler({ FunctionName: 'hello' }, context);
  const body = new PassThrough();
  (await started).onStream?.({ contentType: undefined, body });
  const events = eventsIn(await answering);
  body.end();
  settle(answered('{"errorType":"Sandbox.Timedout","errorMessage":"late"}', 'Unhandled'));
  assert.deepEqual((await events.next()).value, {
    InvokeComplete: { ErrorCode: 'Sandbox.Timedout', ErrorDetails: '{"errorType":"Sandbox.Timedout","errorMessage":"late"}' },
  });
});

test('a platform that closes in the middle says so as an error that may be retried', async () => {
  const { handler, context, started, settle } = open();
  const answering = handler({ FunctionName: 'hello' }, context);
  const body = new PassThrough();
  (await started).onStream?.({ contentType: undefined, body });
  const events = eventsIn(await answering);
  body.end();
  settle({ kind: 'closed' });
  const { InvokeComplete } = (await events.next()).value as { InvokeComplete: { ErrorCode: string } };
  assert.equal(InvokeComplete.ErrorCode, 'ServiceException');
});

test('a function that does not stream is answered in the same events', async () => {
  const { handler, context, settle } = open();
  settle(answered(`"${'x'.repeat(LIMITS.streamChunkBytes)}"`));
  const sizes: (number | string)[] = [];
  for await (const event of { [Symbol.asyncIterator]: () => eventsAt(handler, context) })
    sizes.push((event as { PayloadChunk?: { Payload: Uint8Array } }).PayloadChunk?.Payload.byteLength ?? JSON.stringify(event));
  assert.deepEqual(sizes, [LIMITS.streamChunkBytes, 2, '{"InvokeComplete":{}}']);
});

async function* eventsAt(handler: ReturnType<typeof open>['handler'], context: CallContext) {
  const { EventStream } = await handler({ FunctionName: 'hello' }, context);
  if (EventStream !== undefined) yield* EventStream;
}

test('a function that fails before it writes is told of in the stream, without a chunk', async () => {
  const { handler, context, settle } = open();
  settle(answered('{"errorType":"Error","errorMessage":"no"}', 'Unhandled'));
  const events: unknown[] = [];
  for await (const event of { [Symbol.asyncIterator]: () => eventsAt(handler, context) }) events.push(event);
  assert.deepEqual(events, [{ InvokeComplete: { ErrorCode: 'Error', ErrorDetails: '{"errorType":"Error","errorMessage":"no"}' } }]);
});

test('what never began is refused as a whole', async () => {
  const { handler, context, settle } = open();
  settle({ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  await assert.rejects(
    handler({ FunctionName: 'hello' }, context),
    (error) => error instanceof ApiError && error.code === 'TooManyRequestsException',
  );
});

test('a caller that goes away destroys the response at once, also while the function is silent', async () => {
  const { handler, context, started, gone } = open();
  const answering = handler({ FunctionName: 'hello' }, context);
  const body = new PassThrough();
  (await started).onStream?.({ contentType: undefined, body });
  const waiting = eventsIn(await answering).next();
  gone.abort();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.equal(body.destroyed, true);
});

test('a caller that was gone before the response began is noticed as well', async () => {
  const { handler, context, started, gone } = open();
  const answering = handler({ FunctionName: 'hello' }, context);
  gone.abort();
  const body = new PassThrough();
  (await started).onStream?.({ contentType: undefined, body });
  assert.equal((await eventsIn(await answering).next()).done, true);
  assert.equal(body.destroyed, true);
});

test('a caller that goes away before its answer is read destroys the response too', async () => {
  const { handler, context, started, gone } = open();
  const answering = handler({ FunctionName: 'hello' }, context);
  const body = new PassThrough();
  (await started).onStream?.({ contentType: undefined, body });
  await answering;
  gone.abort();
  assert.equal(body.destroyed, true, 'else its function waits for a reader until its time is over');
});

test('a dry run runs nothing; an event has no response to stream', async () => {
  const { handler, context } = open();
  const output = await handler({ FunctionName: 'hello', InvocationType: 'DryRun' }, context);
  assert.equal(output.StatusCode, 204);
  assert.equal((await eventsIn(output).next()).done, true);
  await assert.rejects(
    handler({ FunctionName: 'hello', InvocationType: 'Event' as 'DryRun' }, context),
    (error) => error instanceof ApiError && error.code === 'InvalidParameterValueException',
  );
});
