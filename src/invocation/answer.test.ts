// Answers, lines and environment, compared with what Lambda writes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invocable } from '../../test/support/invocable.ts';
import { answerOf, errorTypeOf } from './answer.ts';
import type { Answer } from './answer.ts';
import { functionEnvironment } from './function-environment.ts';
import { LogTail } from './log-tail.ts';
import { initReport, initStart, report } from './report-lines.ts';
import { traceHeader } from './trace-header.ts';

const requestId = '11111111-2222-4333-8444-555555555555';
const context = { requestId, nowMs: Date.UTC(2026, 10, 20, 12, 0, 3), timeoutMs: 3000 };
const document = ({ payload }: Answer): unknown => JSON.parse(Buffer.from(payload).toString());

test('what a function returned or threw passes through as it is', () => {
  const payload = Buffer.from('{"errorType":"Error","errorMessage":"no","trace":[]}');
  assert.deepEqual(answerOf({ kind: 'returned', payload }, context), {
    functionError: undefined,
    payload,
    logLine: undefined,
    trouble: undefined,
  });
  assert.deepEqual(answerOf({ kind: 'threw', payload }, context), {
    functionError: 'Unhandled',
    payload,
    logLine: undefined,
    trouble: undefined,
  });
});

test('a timeout says so to the caller and in the log', () => {
  const answer = answerOf({ kind: 'timedOut', afterMs: 3001.7 }, context);
  assert.deepEqual(document(answer), {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
  });
  assert.equal(answer.logLine, `2026-11-20T12:00:03.000Z ${requestId} Task timed out after 3.00 seconds`);
  assert.deepEqual(answer.trouble, { status: 'timeout', errorType: undefined });
});

test('a process that ends by itself is a Runtime.ExitError with the reason in the words of Lambda', () => {
  const crash = (exitCode: number | undefined, signal: string | undefined) =>
    answerOf({ kind: 'crashed', exitCode, signal, detail: '' }, context);
  assert.deepEqual(document(crash(1, undefined)), {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`,
  });
  assert.match(crash(undefined, 'SIGSEGV').logLine ?? '', /with error: signal: segmentation fault\nRuntime\.ExitError$/);
  assert.match(crash(0, undefined).logLine ?? '', /Error: Runtime exited without providing a reason\n/);
});

test('out of memory has its own type', () => {
  assert.deepEqual(document(answerOf({ kind: 'outOfMemory' }, context)), {
    errorType: 'Runtime.OutOfMemory',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
  });
});

test('an answer that is too large names the limit', () => {
  assert.deepEqual(document(answerOf({ kind: 'tooLarge', bytes: 7_000_000 }, context)), {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  });
  const streamed = document(answerOf({ kind: 'tooLarge', bytes: 210_000_000 }, context));
  assert.deepEqual(streamed, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size exceeded maximum allowed payload size (209715200 bytes).',
  });
});

test('the type of an error is read from whatever a function sent, and cannot break a log line', () => {
  assert.equal(errorTypeOf(Buffer.from('{"errorType":"Runtime.ImportModuleError"}')), 'Runtime.ImportModuleError');
  assert.equal(errorTypeOf(Buffer.from('{"errorType":"a\\tb\\nREPORT"}')), 'abREPORT');
  for (const text of ['', 'nonsense', 'null', '[]', '{"errorType":7}'])
    assert.equal(errorTypeOf(Buffer.from(text)), undefined, text);
});

test('REPORT has the fields that tools look for', () => {
  const figures = {
    requestId,
    durationMs: 1.234,
    billedMs: 22,
    memoryMiB: 128,
    peakBytes: 45 * 1_048_576 - 1,
    initMs: 20.114,
    trouble: undefined,
    explanation: { start: 'warm', why: undefined, phases: 'run=1.23 ms' },
  } as const;
  assert.equal(
    report(figures),
    `REPORT RequestId: ${requestId}\tDuration: 1.23 ms\tBilled Duration: 22 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\tInit Duration: 20.11 ms\tStart: warm\tPhases: run=1.23 ms\t`,
  );
  assert.equal(
    report({ ...figures, initMs: undefined, peakBytes: undefined, trouble: { status: 'error', errorType: 'Runtime.ExitError' } }),
    `REPORT RequestId: ${requestId}\tDuration: 1.23 ms\tBilled Duration: 22 ms\tMemory Size: 128 MB\tStatus: error\tError Type: Runtime.ExitError\tStart: warm\tPhases: run=1.23 ms\t`,
  );
  assert.equal(
    initReport(10_000, { status: 'timeout', errorType: undefined }),
    'INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout',
  );
  assert.equal(initStart('nodejs24.x'), 'INIT_START Runtime Version: nodejs:24');
  assert.equal(initStart('python3.11'), 'INIT_START Runtime Version: python:3.11');
  assert.equal(initStart('provided.al2023'), 'INIT_START Runtime Version: provided:al2023');
});

test('a function finds Lambda’s environment, its own variables, and cannot replace what is reserved', () => {
  const session = { accessKeyId: 'ASIA1', secretAccessKey: 's', sessionToken: 't' };
  const environment = functionEnvironment({
    invocable: invocable('hello', { environment: { TABLE: 'things', TZ: 'Europe/Zurich', AWS_REGION: 'mars' }, memoryMiB: 256 }),
    session,
    logStream: '2026/11/20/[$LATEST]abc',
    isProvisioned: false,
    endpointUrl: 'http://127.0.0.1:4566',
  });
  assert.equal(environment['TABLE'], 'things');
  assert.equal(environment['TZ'], 'Europe/Zurich');
  assert.equal(environment['AWS_REGION'], 'us-east-1');
  assert.equal(environment['AWS_EXECUTION_ENV'], 'AWS_Lambda_nodejs24.x');
  assert.equal(environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], '256');
  assert.equal(environment['AWS_LAMBDA_LOG_GROUP_NAME'], '/aws/lambda/hello');
  assert.equal(environment['AWS_SESSION_TOKEN'], 't');
  assert.equal(environment['HOME'], undefined, 'paths are the sandbox’s to know');
});

test('the tail is the last 4096 bytes, never half a character', () => {
  const tail = new LogTail();
  tail.add([{ timestampMs: 0, text: 'first' }]);
  assert.equal(Buffer.from(tail.encoded(), 'base64').toString(), 'first\n');
  tail.add([
    { timestampMs: 0, text: `€${'x'.repeat(100_000)}` },
    { timestampMs: 0, text: '€'.repeat(3000) },
    { timestampMs: 0, text: 'last' },
  ]);
  const text = Buffer.from(tail.encoded(), 'base64').toString();
  assert.ok(text.endsWith('€\nlast\n'));
  assert.doesNotMatch(text, /\uFFFD/);
  assert.ok(Buffer.byteLength(text) <= 4096 && Buffer.byteLength(text) > 4090);
});

test('a caller’s trace goes on, anything else begins a new one', () => {
  const received = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  assert.equal(traceHeader(received, requestId, 0), received);
  assert.match(traceHeader(undefined, requestId, context.nowMs), /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  assert.match(traceHeader('Root=1\r\nx: y', requestId, context.nowMs), /;Sampled=0$/);
});
