// The life of mappings, over a source that the test fills and functions that it scripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptResult, SynchronousCall } from '#invocation';
import { ApiError } from '#kernel';
import type { FunctionName } from '#kernel';
import type { FoundMapping, MappingRecord } from '#registry';
import { FakeClock, settled } from '../../../test/support/fake-clock.ts';
import { FakeSource, recordOf } from '../../../test/support/fake-source.ts';
import { invocable, SCOPE } from '../../../test/support/invocable.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { Allowance } from '../polling/allowance.ts';
import { MappingRunner } from './mapping-runner.ts';

const WORKER: MappingRecord = {
  uuid: '00000000-0000-4000-8000-000000000001',
  sourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders',
  function: 'worker' as FunctionName,
  qualifier: null,
  enabled: true,
  transition: 'Creating',
  settings: { batchSize: 10, windowSeconds: 0, filters: [], reportsItemFailures: false, maximumConcurrency: null },
  tags: {},
  modifiedAtMs: 0,
};

function answered(payload: string, functionError?: 'Unhandled', queuedMs = 0): AttemptResult {
  const answer = { functionError, payload: Buffer.from(payload), logLine: undefined, trouble: undefined };
  return { kind: 'answered', answer, logTail: undefined, record: { queuedMs, durationMs: 1 } } as unknown as AttemptResult;
}

async function house(existing: readonly MappingRecord[] = []) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const sources: FakeSource[] = [];
  const calls: { readonly call: SynchronousCall; readonly end: (result: AttemptResult) => void }[] = [];
  const settledStates: string[] = [];
  let tell: (found: FoundMapping) => void = () => undefined;
  let missing = false;
  let isDiskFull = false;
  let expect: (name: string) => void = () => undefined;
  const runner = new MappingRunner({
    clock,
    log,
    random: seededRandom(1),
    scopes: [SCOPE],
    allowance: new Allowance(1_000_000),
    mappings: {
      async *all() {
        for (const record of existing) yield { record, revision: 1 };
      },
      settle: async (_scope, uuid, revision) => {
        if (isDiskFull) throw new Error('disk full');
        settledStates.push(`${uuid.slice(-1)}@${revision}`);
      },
      onChanged: (listener) => void (tell = (found) => listener(SCOPE, found)),
    },
    openSource: () => {
      const source = new FakeSource(false);
      sources.push(source);
      return source;
    },
    invocables: {
      onExpected: (listener) => {
        expect = (name) => listener(invocable(name));
        return () => undefined;
      },
      resolve: async (_scope, { name }) => {
        if (missing) throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
        return invocable(name);
      },
    },
    invocations: { invoke: (call) => new Promise((resolve) => calls.push({ call, end: resolve })) },
  });
  await runner.start();
  await settled();
  return {
    clock,
    log,
    runner,
    sources,
    calls,
    settledStates,
    change: async (more: Partial<MappingRecord>, revision = 2) => {
      tell({ record: { ...WORKER, ...more }, revision });
      await settled();
    },
    diskIsFull: (isFull: boolean) => void (isDiskFull = isFull),
    expect: async (name: string) => {
      expect(name);
      await settled();
    },
    functionIsMissing: (isMissing: boolean) => void (missing = isMissing),
    end: async (result: AttemptResult) => {
      calls.shift()?.end(result);
      await settled();
    },
  };
}

test('what an earlier process left is run, and brought to where it was going', async () => {
  const { calls, settledStates, sources, end, runner } = await house([WORKER]);
  assert.deepEqual(settledStates, ['1@1']);
  sources[0]?.arrive(recordOf('a'), recordOf('b'));
  await settled();
  assert.equal(Buffer.from(calls[0]?.call.payload ?? []).toString(), '{"Records":[{"id":"a"},{"id":"b"}]}');
  assert.equal(runner.resultOf(WORKER.uuid), undefined);
  await end(answered('null'));
  assert.deepEqual(sources[0]?.acknowledged, ['a', 'b']);
  assert.equal(runner.resultOf(WORKER.uuid), 'OK');
  await runner.close();
});

test('an error of the function leaves the batch to its visibility timeout', async () => {
  const { sources, end, runner } = await house([WORKER]);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  await end(answered('{"errorType":"Error"}', 'Unhandled'));
  assert.deepEqual([sources[0]?.acknowledged, sources[0]?.givenBack], [[], []]);
  assert.equal(runner.resultOf(WORKER.uuid), 'PROBLEM: Function call failed');
  await runner.close();
});

test('failures of items count where the mapping asked for them, and nowhere else', async () => {
  const settings = { ...WORKER.settings, reportsItemFailures: true };
  const failures = answered('{"batchItemFailures":[{"itemIdentifier":"a"}]}');
  for (const [record, done] of [
    [WORKER, ['a', 'b']],
    [{ ...WORKER, settings }, ['b']],
  ] as const) {
    const { sources, end, runner } = await house([record]);
    sources[0]?.arrive(recordOf('a'), recordOf('b'));
    await settled();
    await end(failures);
    assert.deepEqual(sources[0]?.acknowledged, done);
    await runner.close();
  }
});

test('a chain of requests that is a loop is not run, and what merely came with it is', async () => {
  const { sources, calls, end, runner } = await house([WORKER]);
  const { lineageId } = invocable('worker');
  const looping = { ...recordOf('b'), traceHeader: `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=16:${lineageId}:15` };
  sources[0]?.arrive(recordOf('a'), looping, recordOf('c'));
  await settled();
  assert.equal(calls[0]?.call.traceHeader, looping.traceHeader);
  await end({ kind: 'recursive' });
  assert.deepEqual(
    calls.map(({ call }) => [call.traceHeader, Buffer.from(call.payload).toString()]),
    [[undefined, '{"Records":[{"id":"a"},{"id":"c"}]}']],
  );
  await end(answered('null'));
  assert.deepEqual([sources[0]?.acknowledged, sources[0]?.givenBack], [['a', 'c'], []]);
  assert.equal(runner.resultOf(WORKER.uuid), 'PROBLEM: The function has come by too often in one chain of requests');
  sources[0]?.arrive(looping);
  await settled();
  await end({ kind: 'recursive' });
  assert.deepEqual([calls.length, sources[0]?.acknowledged], [0, ['a', 'c']]);
  await runner.close();
});

test('a function that is gone, throttled or not to be had loses nothing', async () => {
  const { clock, sources, calls, end, functionIsMissing, runner } = await house([WORKER]);
  functionIsMissing(true);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  assert.deepEqual(sources[0]?.givenBack, ['a']);
  assert.equal(runner.resultOf(WORKER.uuid), 'PROBLEM: Function not found: worker');
  functionIsMissing(false);
  await clock.advance(1000);
  await end({ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  assert.deepEqual(sources[0]?.givenBack, ['a', 'a']);
  await clock.advance(2000);
  await end({ kind: 'failed', cause: new Error('no instance') });
  await clock.advance(4000);
  assert.equal(calls.length, 1);
  await end(answered('{}'));
  assert.deepEqual(sources[0]?.acknowledged, ['a']);
  await runner.close();
});

test('a function that changes is tried at once', async () => {
  const { change, clock, sources, calls, end, expect, runner } = await house([WORKER]);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  await end({ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  await expect('other');
  assert.equal(calls.length, 0);
  await expect('worker');
  assert.equal(calls.length, 1);
  await end({ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  await change({ function: 'successor' as FunctionName, transition: null });
  await expect('worker');
  assert.equal(calls.length, 0);
  await expect('successor');
  assert.equal(calls.length, 1);
  await end(answered('null'));
  await runner.close();
  assert.equal(clock.pendingTimers, 0);
});

test('disabled, it reads nothing more; what runs ends; enabled again it goes on', async () => {
  const { change, sources, settledStates, end, runner } = await house([{ ...WORKER, transition: null }]);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  await change({ enabled: false, transition: 'Disabling' }, 2);
  assert.deepEqual(settledStates, ['1@2']);
  sources[0]?.arrive(recordOf('b'));
  await end(answered('null'));
  assert.deepEqual(sources[0]?.acknowledged, ['a']);
  await change({ enabled: true, transition: 'Enabling' }, 3);
  assert.equal(sources.length, 2);
  assert.deepEqual(settledStates, ['1@2', '1@3']);
  await runner.close();
});

test('an update takes a new poller, tags do not', async () => {
  const { change, sources, runner } = await house([{ ...WORKER, transition: null }]);
  await change({ transition: null, tags: { a: 'b' } });
  assert.equal(sources.length, 1);
  await change({ transition: 'Updating' }, 3);
  assert.equal(sources.length, 2);
  await runner.close();
});

test('a state that cannot be written is written later', async () => {
  const { change, clock, diskIsFull, settledStates, runner } = await house([{ ...WORKER, transition: null }]);
  diskIsFull(true);
  await change({ transition: 'Updating' }, 2);
  diskIsFull(false);
  assert.deepEqual(settledStates, []);
  await clock.advance(1000);
  assert.deepEqual(settledStates, ['1@2']);
  await runner.close();
});

test('a mapping with a filter that is none any more says so, and can be changed', async () => {
  const { change, runner, settledStates, sources } = await house([
    { ...WORKER, settings: { ...WORKER.settings, filters: ['{"'] } },
  ]);
  assert.deepEqual(settledStates, ['1@1']);
  assert.match(runner.resultOf(WORKER.uuid) ?? '', /^PROBLEM: It could not be started: /);
  await change({ transition: 'Updating' }, 2);
  assert.deepEqual(settledStates, ['1@1', '1@2']);
  assert.equal(runner.resultOf(WORKER.uuid), undefined);
  assert.equal(sources.length, 2);
  await runner.close();
});

test('deleted in the middle of a batch', async () => {
  const { change, sources, settledStates, end, runner } = await house([WORKER]);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  await change({ transition: 'Deleting' }, 5);
  assert.deepEqual(settledStates, ['1@1', '1@5']);
  await end(answered('null'));
  assert.deepEqual(sources[0]?.acknowledged, ['a']);
  await runner.close();
});

test('the end of the platform: nothing more is read, and what was cut off goes back', async () => {
  const { sources, end, runner, clock } = await house([WORKER]);
  sources[0]?.arrive(recordOf('a'));
  await settled();
  const closed = runner.close();
  sources[0]?.arrive(recordOf('b'));
  await end({ kind: 'closed' });
  await closed;
  assert.deepEqual(sources[0]?.givenBack, ['a']);
  assert.equal(clock.pendingTimers, 0);
});
