// One invocation from acceptance to its record, with sandboxes that follow a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptResult } from './attempt.ts';
import { settled } from '../../test/support/fake-clock.ts';
import { invocable } from '../../test/support/invocable.ts';
import { invocationHouse } from '../../test/support/invocation-house.ts';

function answered(result: AttemptResult) {
  assert(result.kind === 'answered', result.kind);
  return {
    ...result.answer,
    document: JSON.parse(Buffer.from(result.answer.payload).toString()) as unknown,
    logTail: result.logTail,
  };
}

test('a cold invocation loads the handler, a warm one only runs it; each leaves one record', async () => {
  const h = invocationHouse({ script: { init: () => ({ takesMs: 20.25 }), run: () => ({ takesMs: 1.5 }) } });
  assert.deepEqual(answered(await h.invoke('hello', { n: 1 })).document, { n: 1 });
  assert.deepEqual(answered(await h.invoke('hello', { n: 2 })).document, { n: 2 });
  const [cold, warm] = h.records;
  assert.deepEqual(
    [cold?.start, cold?.queuedMs, cold?.initMs, cold?.durationMs, cold?.billedMs, cold?.outcome],
    ['cold', 30, 20.25, 1.5, 22, 'returned'],
  );
  assert.deepEqual([warm?.start, warm?.queuedMs, warm?.initMs, warm?.durationMs, warm?.billedMs], ['warm', 0, 0, 1.5, 2]);
  assert.deepEqual([cold?.cpuNanos, warm?.cpuNanos], [21_750_000n, 1_500_000n]);
  assert.equal(h.records.length, 2);
});

test('the log reads as on Lambda, with the function’s own lines in their place', async () => {
  const h = invocationHouse({
    script: { init: () => ({ takesMs: 20, lines: ['loaded'] }), run: () => ({ takesMs: 2, lines: ['hi'] }) },
  });
  await h.invoke('hello');
  await h.invoke('hello');
  const [one, two] = h.records.map(({ requestId }) => requestId);
  assert.deepEqual(h.logged(), [
    'INIT_START Runtime Version: nodejs:24',
    'loaded',
    `START RequestId: ${one} Version: $LATEST`,
    'hi',
    `END RequestId: ${one}`,
    `REPORT RequestId: ${one}\tDuration: 2.00 ms\tBilled Duration: 22 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 20.00 ms\tStart: cold\tWhy: first; pool=empty\tPhases: place=30.00 specialise=0.00 load=20.00 run=2.00 ms\t`,
    `START RequestId: ${two} Version: $LATEST`,
    'hi',
    `END RequestId: ${two}`,
    `REPORT RequestId: ${two}\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tStart: warm\tPhases: run=2.00 ms\t`,
  ]);
  assert.match([...h.streams.keys()].join(), /^\/aws\/lambda\/hello 2026\/11\/20\/\[\$LATEST\][0-9a-f]{32}$/);
});

test('the tail holds this invocation’s lines, and only for who asked', async () => {
  const h = invocationHouse({ script: { run: () => ({ lines: ['hi'] }) } });
  assert.equal(answered(await h.invoke('hello')).logTail, undefined);
  const tail = answered(await h.invoke('hello', {}, { wantsTail: true })).logTail ?? '';
  const text = Buffer.from(tail, 'base64').toString();
  assert.match(text, /^START RequestId: .*\nhi\nEND RequestId: .*\nREPORT .*\t\n$/);
});

test('who takes the response as it comes is known to the sandbox', async () => {
  const h = invocationHouse({ script: {} });
  const onStream = () => undefined;
  await h.invoke('hello', {}, { onStream });
  await h.invoke('hello');
  const seen = h.launcher.sandboxes.flatMap((sandbox) => sandbox.invocations.map((invocation) => invocation.onStream));
  assert.deepEqual(seen, [onStream, undefined]);
});

test('a timeout is answered, logged, billed as the timeout, and ends the instance', async () => {
  const h = invocationHouse({ script: { run: () => ({ takesMs: 10_000 }) } });
  const answer = answered(await h.invoke('hello'));
  assert.equal(answer.functionError, 'Unhandled');
  assert.match(JSON.stringify(answer.document), /Sandbox\.Timedout.*Task timed out after 3\.00 seconds/);
  assert.deepEqual([h.records[0]?.outcome, h.records[0]?.durationMs, h.records[0]?.billedMs], ['timedOut', 3000, 3005]);
  assert.match(h.logged().at(-3) ?? '', /^2026-11-20T12:00:\d\d\.\d{3}Z .* Task timed out after 3\.00 seconds$/);
  assert.match(h.logged().at(-1) ?? '', /\tStatus: timeout\tStart: cold\t/);
  await settled();
  assert.equal(h.pool.snapshot().idle, 0);
});

test('a function that throws keeps its instance; one that exits loses it', async () => {
  const thrown = Buffer.from('{"errorType":"Error","errorMessage":"no","trace":[]}');
  const h = invocationHouse({ script: { run: () => ({ outcome: { kind: 'threw', payload: thrown } }) } });
  assert.equal(answered(await h.invoke('hello')).functionError, 'Unhandled');
  assert.equal(h.pool.snapshot().idle, 1);
  h.launcher.script = { run: () => ({ outcome: { kind: 'crashed', exitCode: 1, signal: undefined, detail: 'exit' } }) };
  assert.match(JSON.stringify(answered(await h.invoke('hello')).document), /exit status 1/);
  await settled();
  assert.equal(h.pool.snapshot().idle, 0);
  assert.deepEqual(
    h.records.map(({ outcome }) => outcome),
    ['threw', 'crashed'],
  );
});

test('a handler that cannot be loaded is the answer, with INIT_REPORT in the log, and is billed', async () => {
  const payload = Buffer.from(
    '{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module \'index\'","trace":[]}',
  );
  const h = invocationHouse({ script: { init: () => ({ takesMs: 12, outcome: { kind: 'threw', payload } }) } });
  assert.equal(answered(await h.invoke('hello')).functionError, 'Unhandled');
  assert.deepEqual(
    [h.records[0]?.outcome, h.records[0]?.initMs, h.records[0]?.durationMs, h.records[0]?.billedMs],
    ['threw', 12, 0, 12],
  );
  assert.ok(
    h.logged().includes('INIT_REPORT Init Duration: 12.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError'),
  );
  assert.match(
    h.logged().at(-1) ?? '',
    /\tInit Duration: 12\.00 ms\tStatus: error\tError Type: Runtime\.ImportModuleError\tStart: /,
  );
  await settled();
  assert.equal(h.pool.snapshot().idle, 0, 'an instance whose handler did not load is not kept');
});

test('a handler that loads for more than ten seconds is given up', async () => {
  const h = invocationHouse({ script: { init: () => ({ takesMs: 10_000, outcome: { kind: 'timedOut', afterMs: 10_000 } }) } });
  assert.match(JSON.stringify(answered(await h.invoke('hello')).document), /Task timed out after 10\.00 seconds/);
  assert.ok(h.logged().includes('INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout'));
});

test('code that cannot be had is our failure, not the function’s: nothing is billed, nothing leaks', async () => {
  const gone = new Error('the disk is gone');
  const broken = invocable('broken', { codeTree: () => Promise.reject(gone) });
  const h = invocationHouse({ functions: [broken] });
  assert.deepEqual(await h.invoke('broken'), { kind: 'failed', cause: gone });
  await settled();
  assert.deepEqual([h.records.length, h.pool.snapshot().busy, h.pool.snapshot().inFlight], [0, 0, 0]);
});

test('a sandbox that cannot be furnished is our failure as well, and the next one is tried by whoever asks again', async () => {
  const h = invocationHouse({
    script: {
      init: () => {
        throw new Error('the control group would not take it');
      },
    },
  });
  assert.equal((await h.invoke('hello')).kind, 'failed');
  h.launcher.script = {};
  assert.equal((await h.invoke('hello')).kind, 'answered');
  assert.equal(h.records.length, 1);
});

test('a sandbox that rejects is treated as a crash: answered, recorded, released', async () => {
  const h = invocationHouse({
    script: {
      run: () => {
        throw new Error('a bug in the launcher');
      },
    },
  });
  assert.match(JSON.stringify(answered(await h.invoke('hello')).document), /Runtime\.ExitError/);
  assert.equal(h.records[0]?.outcome, 'crashed');
  assert.equal(h.log.named('sandbox.rejected').length, 1);
  assert.equal(h.pool.snapshot().inFlight, 0);
});

test('an instance has credentials and a log stream of its own, and both end with it', async () => {
  const h = invocationHouse();
  await h.invoke('hello');
  assert.equal(h.sessions.size, 1);
  await h.retire('hello/1');
  assert.equal(h.sessions.size, 0);
  assert.deepEqual(
    [...h.streams.values()].map(({ closed }) => closed),
    [true],
  );
});

test('what a function sees of itself', async () => {
  const h = invocationHouse();
  await h.invoke('hello', { n: 1 });
  const sandbox = h.launcher.sandboxes.find(({ invocations }) => invocations.length > 0);
  const [seen] = sandbox?.invocations ?? [];
  assert.equal(seen?.invokedFunctionArn, invocable('hello').invokedArn);
  assert.equal(seen?.timeoutMs, 3000);
  assert.match(seen?.traceHeader ?? '', /^Root=1-/);
  assert.equal(sandbox?.specialisation?.codeTree, '/code/hello');
  assert.equal(sandbox?.specialisation?.environment['AWS_ENDPOINT_URL'], 'http://127.0.0.1:4566');
});

test('a function without a network is not told of an endpoint', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { network: 'none' })] });
  await h.invoke('hello');
  const sandbox = h.launcher.sandboxes.find(({ invocations }) => invocations.length > 0);
  assert.equal(sandbox?.specialisation?.environment['AWS_LAMBDA_FUNCTION_NAME'], 'hello');
  assert.equal('AWS_ENDPOINT_URL' in (sandbox?.specialisation?.environment ?? {}), false);
});

test('closing lets a running invocation finish, and one that does not is neither answered nor billed', async () => {
  const h = invocationHouse({
    script: { run: ({ payload }) => ({ takesMs: JSON.parse(Buffer.from(payload).toString()) as number }) },
  });
  const call = (takesMs: number) =>
    h.invocations.invoke({
      requestId: h.requestId(),
      invocable: invocable('hello', { timeoutSeconds: 900 }),
      payload: Buffer.from(`${takesMs}`),
    });
  const [quick, endless] = [call(1000), call(800_000)];
  await h.clock.advance(500);
  const closed = h.invocations.close(5000);
  assert.equal((await h.clock.until(quick)).kind, 'answered');
  assert.equal((await h.clock.until(endless)).kind, 'closed');
  await h.clock.until(closed);
  assert.equal(h.records.length, 1);
  assert.deepEqual(h.launcher.living, []);
});

test('a function that is called by a loop for the seventeenth time does not run, and is not billed', async () => {
  const h = invocationHouse();
  const { lineageId } = invocable('hello');
  const call = (loops: number) => h.invoke('hello', {}, { traceHeader: `Root=1-a;Lineage=${loops + 1}:${lineageId}:${loops}` });
  assert.equal((await call(14)).kind, 'answered');
  assert.equal((await call(15)).kind, 'recursive');
  assert.equal(h.records.length, 1);
});
