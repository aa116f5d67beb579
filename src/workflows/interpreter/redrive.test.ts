// Redrives: an execution goes on from what did not succeed, and from nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { Driver, FUNCTION, machine, START_MS } from '../../../test/support/flow-driver.ts';
import type { JsonObject } from '../expressions/json.ts';
import { refusalOfRedrive } from './redrive.ts';

function task(more: JsonObject = {}): JsonObject {
  return { Type: 'Task', Resource: FUNCTION, End: true, ...more };
}

test('a failed task is scheduled again with the input it had, and all its retries', async () => {
  const retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }];
  const parameters = { 'redrives.$': '$$.Execution.RedriveCount', 'retries.$': '$$.State.RetryCount', 'x.$': '$.x' };
  const driver = new Driver(
    machine({ First: { Type: 'Pass', Result: { x: 1 }, Next: 'Work' }, Work: task({ Retry: retry, Parameters: parameters }) }),
  );
  await driver.step({ kind: 'start' });
  await driver.failTask('Down');
  await driver.fire();
  await driver.failTask('Down');
  assert.equal(driver.execution.outcome?.status, 'FAILED');
  driver.nowMs += 5000;
  await driver.step({ kind: 'redrive' });
  assert.equal(driver.execution.outcome, undefined);
  assert.deepEqual(driver.command('start-task').input, { redrives: 1, retries: 0, x: 1 });
  assert.deepEqual(driver.types.slice(-3), ['ExecutionFailed', 'ExecutionRedriven', 'LambdaFunctionScheduled']);
  await driver.failTask('Down');
  await driver.fire();
  await driver.endTask({ ok: true });
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '{"ok":true}' });
  assert.equal(driver.execution.facts.redrivenMs, START_MS + 1000 + 5000);
});

test('of a parallel only the branches that did not succeed go on', async () => {
  const branch = (name: string): JsonObject => ({ StartAt: name, States: { [name]: task() } });
  const driver = new Driver(
    machine({ All: { Type: 'Parallel', Branches: [branch('One'), branch('Two'), branch('Three')], End: true } }),
  );
  const [one, two] = (await driver.step({ kind: 'start' })).filter((command) => command.kind === 'start-task');
  assert(one !== undefined && two !== undefined);
  await driver.step({ kind: 'task-succeeded', taskId: one.taskId, output: 1 });
  await driver.step({ kind: 'task-failed', taskId: two.taskId, error: 'Down' });
  assert.equal(driver.execution.outcome?.status, 'FAILED');
  const again = (await driver.step({ kind: 'redrive' })).filter((command) => command.kind === 'start-task');
  assert.equal(again.length, 2, 'the failed one, and the one that was ended with it');
  for (const [index, command] of again.entries())
    await driver.step({ kind: 'task-succeeded', taskId: command.taskId, output: index + 2 });
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '[1,2,3]' });
  assert.equal(driver.types.filter((type) => type === 'ParallelStateStarted').length, 1);
});

test('of an inline map the iterations that failed, were ended, or never began go on, as many at once as before', async () => {
  const processor = { StartAt: 'Work', States: { Work: task() } };
  const flow = machine({ Each: { Type: 'Map', MaxConcurrency: 2, ItemProcessor: processor, End: true } });
  const driver = new Driver(flow, [0, 1, 2, 3, 4]);
  let open = (await driver.step({ kind: 'start' })).filter((command) => command.kind === 'start-task');
  const [first, second] = open;
  assert(first !== undefined && second !== undefined);
  await driver.step({ kind: 'task-succeeded', taskId: first.taskId, output: 'kept' });
  await driver.step({ kind: 'task-failed', taskId: second.taskId, error: 'Down' });
  assert.equal(driver.execution.outcome?.status, 'FAILED');
  open = (await driver.step({ kind: 'redrive' })).filter((command) => command.kind === 'start-task');
  assert.deepEqual(
    open.map(({ input }) => input),
    [1, 2],
  );
  while (driver.execution.outcome === undefined) {
    const next = open.shift();
    assert(next !== undefined);
    const more = await driver.step({ kind: 'task-succeeded', taskId: next.taskId, output: next.input });
    open.push(...more.filter((command) => command.kind === 'start-task'));
    assert(open.length <= 2);
  }
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '["kept",1,2,3,4]' });
});

test('nested branches go on where each of them stood', async () => {
  const inner = {
    StartAt: 'In',
    States: { In: { Type: 'Map', ItemProcessor: { StartAt: 'Work', States: { Work: task() } }, End: true } },
  };
  const wait = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } };
  const driver = new Driver(machine({ Both: { Type: 'Parallel', Branches: [inner, wait], End: true } }), ['a', 'b']);
  const first = (await driver.step({ kind: 'start' })).find((command) => command.kind === 'start-task');
  assert(first !== undefined);
  await driver.step({ kind: 'task-succeeded', taskId: first.taskId, output: 'A' });
  await driver.step({ kind: 'stop', error: 'Enough' });
  assert.equal(driver.execution.outcome?.status, 'ABORTED');
  driver.nowMs += 1000;
  const commands = await driver.step({ kind: 'redrive' });
  assert.deepEqual(
    commands.map(({ kind }) => kind),
    ['start-task', 'start-timer'],
  );
  await driver.endTask('B');
  await driver.fire(commands.find(({ kind }) => kind === 'start-timer'));
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '[["A","B"],["a","b"]]' });
});

test('a map run that failed is redriven, as often as it fails', async () => {
  const processor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'In',
    States: { In: { Type: 'Pass', End: true } },
  };
  const driver = new Driver(machine({ Each: { Type: 'Map', ItemProcessor: processor, End: true } }), [1, 2]);
  await driver.step({ kind: 'start' });
  const { mapRunId } = driver.command('start-map-run');
  const failed = { kind: 'map-run-failed', mapRunId, error: 'States.ExceedToleratedFailureThreshold', cause: 'too many' } as const;
  await driver.step(failed);
  await driver.step({ kind: 'redrive' });
  assert.deepEqual(driver.command('redrive-map-run'), { kind: 'redrive-map-run', mapRunId, redriveCount: 1 });
  assert.equal(driver.types.at(-1), 'MapRunRedriven');
  await driver.step(failed);
  await driver.step({ kind: 'redrive' });
  assert.equal(driver.command('redrive-map-run').redriveCount, 2);
  await driver.step({ kind: 'map-run-succeeded', mapRunId, output: [1, 2] });
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '[1,2]' });
});

test('time runs anew for the whole execution, and what was waited for before is passed over', async () => {
  const driver = new Driver(machine({ Wait: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 60 }));
  await driver.step({ kind: 'start' });
  const [waits, ends] = driver.commands.filter((command) => command.kind === 'start-timer');
  assert(waits !== undefined && ends !== undefined);
  driver.nowMs += 60_000;
  await driver.step({ kind: 'timer', timerId: 'execution' });
  assert.equal(driver.execution.outcome?.status, 'TIMED_OUT');
  await driver.step({ kind: 'redrive' });
  const timers = driver.commands.filter((command) => command.kind === 'start-timer');
  assert.deepEqual(
    timers.map(({ dueMs }) => dueMs - driver.nowMs),
    [60_000, 100_000],
  );
  for (const stale of [waits, ends])
    if (stale.timerId !== 'execution') await driver.step({ kind: 'timer', timerId: stale.timerId });
  assert.equal(driver.execution.outcome, undefined);
});

test('an execution that runs or succeeded, is express, or ended too long ago is not redriven', async () => {
  const driver = new Driver(machine({ A: task() }));
  await driver.step({ kind: 'start' });
  const at = { nowMs: driver.nowMs, endedMs: driver.nowMs };
  assert.match(refusalOfRedrive(driver.execution, at) ?? '', /is RUNNING and cannot be redriven/);
  const { taskId } = driver.command('start-task');
  await driver.step({ kind: 'redrive' });
  assert.equal(driver.types.at(-1), 'LambdaFunctionScheduled');
  await driver.step({ kind: 'task-failed', taskId, error: 'Down' });
  assert.equal(refusalOfRedrive(driver.execution, at), undefined);
  assert.match(refusalOfRedrive(driver.execution, { ...at, nowMs: at.nowMs + LIMITS.redrivePeriodMs + 1 }) ?? '', /14 days/);
  const { execution } = driver;
  const full = { ...execution, nextEventId: 25_000 };
  assert.match(refusalOfRedrive(full, at) ?? '', /too many history events/);
  const express = { ...execution, facts: { ...execution.facts, executionType: 'EXPRESS' as const } };
  assert.match(refusalOfRedrive(express, at) ?? '', /EXPRESS/);
  await driver.step({ kind: 'redrive' });
  await driver.endTask(1);
  assert.match(refusalOfRedrive(driver.execution, at) ?? '', /is SUCCEEDED and cannot be redriven/);
});

test('children of a state that was retried are gone', async () => {
  const branch = (name: string): JsonObject => ({ StartAt: name, States: { [name]: task() } });
  const driver = new Driver(
    machine({
      All: {
        Type: 'Parallel',
        Branches: [
          branch('One'),
          { StartAt: 'Inner', States: { Inner: { Type: 'Parallel', Branches: [branch('Two')], End: true } } },
        ],
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        End: true,
      },
    }),
  );
  await driver.step({ kind: 'start' });
  await driver.failTask('Down');
  assert.deepEqual([...driver.execution.threads.keys()], ['root']);
  assert.equal(driver.execution.progress.size, 0);
});
