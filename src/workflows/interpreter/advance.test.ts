// The interpreter's own behaviour, step by step on a time that tests set: what recordings of whole executions do not show.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { Driver, FUNCTION, machine, START_MS } from '../../../test/support/flow-driver.ts';
import { facts, runFlow } from '../../../test/support/flow-runner.ts';
import type { JsonObject } from '../expressions/json.ts';
import { advance } from './advance.ts';
import { newExecution } from './execution.ts';
import type { Command } from './messages.ts';

const random = seededRandom(7);

test('a retrier waits longer each time, up to its longest delay, and no longer than jitter lets it', async () => {
  const retry = { ErrorEquals: ['Flaky'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 };
  const plain = new Driver(machine({ Work: { Type: 'Task', Resource: FUNCTION, Retry: [retry], End: true } }));
  assert.deepEqual(await delaysOf(plain, 4), [2, 6, 10, 10]);
  assert.equal(plain.execution.outcome?.status, 'FAILED');
  const jittered = new Driver(
    machine({ Work: { Type: 'Task', Resource: FUNCTION, Retry: [{ ...retry, JitterStrategy: 'FULL' }], End: true } }),
  );
  const delays = await delaysOf(jittered, 4);
  assert(
    delays.every((delay, attempt) => delay >= 0 && delay < ([2, 6, 10, 10][attempt] ?? 0)),
    String(delays),
  );
  assert.notDeepEqual(delays, [2, 6, 10, 10]);
});

async function delaysOf(driver: Driver, attempts: number): Promise<number[]> {
  const delays: number[] = [];
  await driver.step({ kind: 'start' });
  for (let attempt = 0; attempt <= attempts; attempt++) {
    await driver.step({ kind: 'task-failed', taskId: driver.command('start-task').taskId, error: 'Flaky' });
    if (driver.execution.outcome !== undefined) break;
    const { timerId, dueMs } = driver.command('start-timer');
    delays.push((dueMs - driver.nowMs) / 1000);
    driver.nowMs = dueMs;
    await driver.step({ kind: 'timer', timerId });
  }
  return delays;
}

test('a callback is waited for, its heartbeats put its timeout off, and what comes twice is passed over', async () => {
  const driver = new Driver(
    machine({
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        HeartbeatSeconds: 60,
        Parameters: { MessageBody: { 'Token.$': '$$.Task.Token' } },
        End: true,
      },
    }),
  );
  await driver.step({ kind: 'start' });
  const asked = driver.command('start-task');
  assert.deepEqual(asked.input, { MessageBody: { Token: asked.token } });
  const first = driver.command('start-timer');
  await driver.step({ kind: 'task-submitted', taskId: asked.taskId, output: { MessageId: 'm' } });
  driver.nowMs += 50_000;
  await driver.step({ kind: 'task-heartbeat', taskId: asked.taskId });
  const second = driver.command('start-timer');
  assert.equal(second.dueMs, driver.nowMs + 60_000);
  await driver.step({ kind: 'timer', timerId: first.timerId });
  assert.equal(driver.execution.outcome, undefined, 'a timer that was put off says nothing');
  await driver.step(
    { kind: 'task-succeeded', taskId: asked.taskId, output: 'yes' },
    { kind: 'task-succeeded', taskId: asked.taskId, output: 'again' },
  );
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '"yes"' });
  assert.deepEqual(driver.types, [
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  await driver.step({ kind: 'timer', timerId: second.timerId });
  assert.equal(driver.types.length, 8);
});

test('a wait of thirty days is one timer', async () => {
  const driver = new Driver(machine({ Wait: { Type: 'Wait', Seconds: 2_592_000, End: true } }));
  await driver.step({ kind: 'start' });
  const { timerId, dueMs } = driver.command('start-timer');
  assert.equal(dueMs, START_MS + 2_592_000_000);
  driver.nowMs = dueMs;
  await driver.step({ kind: 'timer', timerId });
  assert.equal(driver.execution.outcome?.status, 'SUCCEEDED');
});

test('an execution that is stopped cancels what it waits for, and takes in nothing any more', async () => {
  const branch = (name: string): JsonObject => ({
    StartAt: name,
    States: { [name]: { Type: 'Task', Resource: FUNCTION, TimeoutSeconds: 5, End: true } },
  });
  const driver = new Driver(machine({ Both: { Type: 'Parallel', Branches: [branch('One'), branch('Two')], End: true } }));
  await driver.step({ kind: 'start' });
  const { taskId } = driver.command('start-task');
  await driver.step({ kind: 'stop', error: 'Enough', cause: 'asked' });
  assert.equal(driver.commands.filter(({ kind }) => kind === 'cancel-task').length, 2);
  assert.equal(driver.commands.filter(({ kind }) => kind === 'cancel-timer').length, 2);
  assert.deepEqual(driver.execution.outcome, { status: 'ABORTED', error: 'Enough', cause: 'asked' });
  assert.deepEqual(await driver.step({ kind: 'task-succeeded', taskId, output: 1 }), []);
});

test('an inline map has forty iterations at once, and its outputs are in the order of its items', async () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const processor = { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: FUNCTION, End: true } } };
  const driver = new Driver(machine({ All: { Type: 'Map', ItemProcessor: processor, End: true } }), items);
  let open: Command[] = [...(await driver.step({ kind: 'start' }))];
  assert.equal(open.length, 40);
  while (driver.execution.outcome === undefined) {
    const last = open.pop();
    assert(last?.kind === 'start-task');
    const more = await driver.step({ kind: 'task-succeeded', taskId: last.taskId, output: { done: last.input } });
    open = [...more.filter(({ kind }) => kind === 'start-task'), ...open];
    assert(open.length <= 40);
  }
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: JSON.stringify(items.map((done) => ({ done }))) });
  assert.equal(driver.execution.threads.size + driver.execution.progress.size, 0, 'nothing is left behind');
});

test('of iterations that end in one step, no more are replaced than there are items left', async () => {
  const processor = { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: FUNCTION, End: true } } };
  const flow = machine({ All: { Type: 'Map', MaxConcurrency: 3, ItemProcessor: processor, End: true } });
  const driver = new Driver(flow, [1, 2, 3, 4]);
  const ends = (commands: readonly Command[]) =>
    commands.flatMap((each) =>
      each.kind === 'start-task' ? { kind: 'task-succeeded' as const, taskId: each.taskId, output: each.input } : [],
    );
  const first = ends(await driver.step({ kind: 'start' }));
  assert.equal(first.length, 3);
  const second = ends(await driver.step(...first));
  assert.equal(second.length, 1);
  await driver.step(...second);
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '[1,2,3,4]' });
});

test('a step touches what it changes, however many iterations are under way', async () => {
  const items = Array.from({ length: 1000 }, (_, index) => index);
  const processor = { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: FUNCTION, End: true } } };
  const flow = machine({ All: { Type: 'Map', ItemProcessor: processor, End: true } });
  const execution = newExecution(facts({ input: items }));
  let open = [...(await advance(flow, execution, [{ kind: 'start' }], { nowMs: START_MS, random })).commands];
  for (let round = 0; round < 900; round++) {
    const task = open.shift();
    assert(task?.kind === 'start-task');
    const step = await advance(flow, execution, [{ kind: 'task-succeeded', taskId: task.taskId, output: null }], {
      nowMs: START_MS,
      random,
    });
    assert(step.touched.size <= 2 && !step.touched.has('root'), [...step.touched].join(' '));
    assert.deepEqual([...step.touchedProgress], ['root'], 'a few numbers are written, and not the items with them');
    open = open.concat(step.commands.filter(({ kind }) => kind === 'start-task'));
  }
});

test('a loop without end is taken in steps, and ends with its history full', async () => {
  const flow = machine({
    Round: { Type: 'Pass', Next: 'Check' },
    Check: { Type: 'Choice', Choices: [{ Variable: '$.never', IsPresent: true, Next: 'End' }], Default: 'Round' },
    End: { Type: 'Succeed' },
  });
  const ran = await runFlow(flow, facts(), { random, tasks: () => ({ kind: 'output', output: null }) });
  assert.equal(ran.outcome.status, 'FAILED');
  assert(ran.events.length <= 25_000 && ran.events.length > 24_990, String(ran.events.length));
  assert.deepEqual(
    ran.events.map(({ id }) => id),
    Array.from(ran.events, (_, index) => index + 1),
  );
});

test('the same inputs, time and chance make the same history', async () => {
  const flow = machine({
    Draw: { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()', 'n.$': 'States.MathRandom(1, 1000)' }, End: true },
  });
  const once = await runFlow(flow, facts(), { random: seededRandom(3), tasks: () => ({ kind: 'output', output: null }) });
  const again = await runFlow(flow, facts(), { random: seededRandom(3), tasks: () => ({ kind: 'output', output: null }) });
  assert.deepEqual(once.events, again.events);
});

test('the whole execution times out', async () => {
  const driver = new Driver(machine({ Work: { Type: 'Task', Resource: FUNCTION, End: true } }, { TimeoutSeconds: 60 }));
  await driver.step({ kind: 'start' });
  const { timerId, dueMs } = driver.command('start-timer');
  assert.equal(dueMs, START_MS + 60_000);
  await driver.step({ kind: 'timer', timerId });
  assert.equal(driver.execution.outcome?.status, 'TIMED_OUT');
  assert.equal(driver.types.at(-1), 'ExecutionTimedOut');
  assert.equal(driver.command('cancel-task').kind, 'cancel-task');
});

test('a distributed map asks for its items, batches them, and leaves its children to the runner', async () => {
  const driver = new Driver(
    machine({
      Each: {
        Type: 'Map',
        Label: 'each',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { Bucket: 'b', 'Key.$': '$.key' },
        },
        ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'run.$': '$.key' } },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'In',
          States: { In: { Type: 'Pass', End: true } },
        },
        ToleratedFailurePercentage: 10,
        End: true,
      },
    }),
    { key: 'k' },
  );
  await driver.step({ kind: 'start' });
  const read = driver.command('read-items');
  assert.deepEqual(read.parameters, { Bucket: 'b', Key: 'k' });
  await driver.step({ kind: 'items-read', readId: read.readId, items: [1, 2, 3] });
  const run = driver.command('start-map-run');
  assert.deepEqual(run.inputs, [
    { BatchInput: { run: 'k' }, Items: [1, 2] },
    { BatchInput: { run: 'k' }, Items: [3] },
  ]);
  assert.equal(run.flowPath, '/States/Each/ItemProcessor');
  await driver.step({ kind: 'map-run-succeeded', mapRunId: run.mapRunId, output: ['a', 'b'] });
  assert.deepEqual(driver.execution.outcome, { status: 'SUCCEEDED', output: '["a","b"]' });
});

test('variables have ten MiB together, and 256 KiB in one assignment', async () => {
  const states = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `S${index}`,
      { Type: 'Pass', Assign: { [`v${index}.$`]: '$' }, ...(index === 59 ? { End: true } : { Next: `S${index + 1}` }) },
    ]),
  );
  const many = await runFlow(machine(states), facts({ input: 'x'.repeat(200_000) }), {
    random,
    tasks: () => ({ kind: 'output', output: null }),
  });
  assert(many.outcome.status === 'FAILED');
  assert.equal(many.outcome.error, 'States.DataLimitExceeded');
  assert.equal(many.events.filter(({ type }) => type === 'PassStateExited').length, Math.floor((10 * 2 ** 20) / 200_002));
  const same = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, { ...state, Assign: { 'same.$': '$' } }]));
  const one = await runFlow(machine(same), facts({ input: 'x'.repeat(200_000) }), {
    random,
    tasks: () => ({ kind: 'output', output: null }),
  });
  assert.equal(one.outcome.status, 'SUCCEEDED', 'what is overwritten does not count');
});
