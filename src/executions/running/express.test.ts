// Express executions: synchronous ones, those that nobody waits for, and the children of map runs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { settled } from '../../../test/support/fake-clock.ts';
import type { StartedTask, TaskEnd } from '../tasks/task-port.ts';
import { chain, ExecutionsHouse, SCOPE, task } from '../../../test/support/executions-house.ts';

const FOREVER = new AbortController().signal;
const request = (stateMachineArn: string) => ({
  scope: SCOPE,
  stateMachineArn,
  name: 'n',
  input: '{"a":1}',
  traceHeader: undefined,
});

test('a synchronous express execution answers with its end, and is in no journal', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('quick', chain({ A: task(), Wait: { Type: 'Wait', Seconds: 2 }, B: task() }), 'EXPRESS');
  const begins: string[] = [];
  house.store.fault = (verb) => void begins.push(verb);
  const end = await house.clock.until(house.executions.startSync(request(machine), FOREVER));
  assert.deepEqual(end.outcome, { status: 'SUCCEEDED', output: '{"a":1}' });
  assert.match(end.executionArn, /^arn:aws:states:us-east-1:111111111111:express:quick:n:[0-9a-f-]{36}$/);
  assert.deepEqual(end.billing, { durationMs: 2100, memoryMiB: 64 });
  assert.deepEqual(begins, []);
  assert.equal(house.logged.at(-1)?.type, 'ExecutionSucceeded');
});

test('it has five minutes, or as long as its machine says', async (context) => {
  const house = new ExecutionsHouse(context);
  const definition = chain({ Wait: { Type: 'Wait', Seconds: 3600 } });
  const long = await house.clock.until(house.executions.startSync(request(house.machine('long', definition, 'EXPRESS')), FOREVER));
  assert.equal(long.outcome.status, 'TIMED_OUT');
  assert.equal(long.endedAtMs - long.startedAtMs, 300_000);
  const bounded = house.machine('bounded', { ...definition, TimeoutSeconds: 20 }, 'EXPRESS');
  const short = await house.clock.until(house.executions.startSync(request(bounded), FOREVER));
  assert.equal(short.outcome.status, 'TIMED_OUT');
  assert.equal(short.endedAtMs - short.startedAtMs, 20_000);
});

test('a task that its state gives up ends with that state alone', async (context) => {
  const untilAborted = ({ signal }: StartedTask) =>
    new Promise<TaskEnd>((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
    });
  const house = new ExecutionsHouse(context, { tasks: untilAborted });
  const Wait = { Type: 'Wait', Seconds: 2 };
  const late = { ...task(), TimeoutSeconds: 1, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Wait' }] };
  const branches = [chain({ Endless: task() }), chain({ Soon: { Type: 'Wait', Seconds: 1 }, No: { Type: 'Fail', Error: 'No' } })];
  const both = { Type: 'Parallel', Branches: branches, Catch: [{ ErrorEquals: ['No'], Next: 'Wait' }] };
  for (const [name, state] of Object.entries({ late, both })) {
    const machine = house.machine(name, chain({ First: state, Wait }), 'EXPRESS');
    const { outcome } = await house.clock.until(house.executions.startSync(request(machine), FOREVER));
    assert.equal(outcome.status, 'SUCCEEDED', name);
  }
});

test('a standard machine cannot be started synchronously', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('standard', chain({ A: task() }));
  await assert.rejects(house.executions.startSync(request(machine), FOREVER), { code: 'StateMachineTypeNotSupported' });
});

test('an acknowledged start survives a crash: it runs again, and leaves nothing', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const machine = house.machine('quick', chain({ A: task(), Wait: { Type: 'Wait', Seconds: 2 }, B: task() }), 'EXPRESS');
  const execution = await house.start(machine, {}, 'same');
  assert.notEqual(await house.start(machine, {}, 'same'), execution, 'names are not unique');
  await house.clock.advance(100);
  assert.equal(house.started.length, 2);
  await house.crash();
  await house.clock.advance(5000);
  assert.equal(house.started.length, 2 + 4);
  assert.deepEqual(await house.store.journals.busy('execution', 0, 10), []);
  await assert.rejects(house.describe(execution), { code: 'InvalidArn' });
  await settled();
});

test('a child of a map run is the same when it is asked for again, and keeps its outcome', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  for (const executionType of ['EXPRESS', 'STANDARD'] as const) {
    const processor = chain({ Inner: task() });
    const map = {
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType }, ...processor },
    };
    house.machine('mapped', chain({ Each: map }));
    const machine = [...house.machines.values()].find((known) => known.machine.name === 'mapped');
    assert(machine !== undefined);
    const child = {
      scope: SCOPE,
      machine,
      mapRunArn: 'arn:aws:states:us-east-1:111111111111:mapRun:mapped/Each:run',
      label: 'Each',
      name: `child-${executionType}`,
      executionType,
      flowPath: '/States/Each/ItemProcessor',
      input: { a: 1 },
      mapItem: undefined,
    };
    const running = house.executions.children.run(child);
    await settled();
    const end = await house.clock.until(running);
    assert.deepEqual(end?.outcome, { status: 'SUCCEEDED', output: '{"a":1}' });
    const begun = house.started.length;
    assert.deepEqual(await house.executions.children.run(child), end);
    assert.equal(house.started.length, begun);
    const described = await house.describe(house.executions.children.arnOf(child));
    assert.equal(described.status, 'SUCCEEDED');
    assert.equal(described.mapRunArn, child.mapRunArn);
  }
});
