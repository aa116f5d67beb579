// What callers can do with executions: start, stop, redrive, list, read their histories; and what the default bus is told.

import assert from 'node:assert/strict';
import test from 'node:test';
import { settled } from '../../../test/support/fake-clock.ts';
import { CALLBACK, chain, ExecutionsHouse, SCOPE, task } from '../../../test/support/executions-house.ts';

const WAIT = chain({ Wait: { Type: 'Wait', Seconds: 3600 } });
const stop = (executionArn: string) => ({ scope: SCOPE, executionArn, error: 'Halt', cause: 'by hand' });

test('a name with the same input is the same execution while it is open', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('wait', WAIT);
  const first = await house.start(machine, { a: 1 }, 'name');
  assert.equal(await house.start(machine, { a: 1 }, 'name'), first);
  await assert.rejects(house.start(machine, { a: 2 }, 'name'), { code: 'ExecutionAlreadyExists' });
  await house.executions.stop(stop(first));
  await assert.rejects(house.start(machine, { a: 1 }, 'name'), { code: 'ExecutionAlreadyExists' });
  assert.match(await house.start(machine), /:wait:[0-9a-f-]{36}$/);
});

test('an input that is no JSON, too long or too deep, and a name that is none, are refused', async (context) => {
  const house = new ExecutionsHouse(context);
  const stateMachineArn = house.machine('wait', WAIT);
  const request = { scope: SCOPE, stateMachineArn, name: undefined, traceHeader: undefined };
  for (const input of ['{', `"${'a'.repeat(256 * 1024)}"`, '['.repeat(1001) + ']'.repeat(1001)])
    await assert.rejects(house.executions.start({ ...request, input }), { code: 'InvalidExecutionInput' });
  await assert.rejects(house.executions.start({ ...request, name: 'a b', input: '{}' }), { code: 'InvalidName' });
  const text = `{ "spaced" : ["${'b'.repeat(5000)}"] }`;
  const { executionArn } = await house.executions.start({ ...request, input: text });
  assert.equal((await house.describe(executionArn)).input, text);
});

test('an execution that is stopped was aborted, and stays so', async (context) => {
  const house = new ExecutionsHouse(context);
  const execution = await house.start(house.machine('wait', WAIT));
  await house.clock.advance(5000);
  const stopped = await house.executions.stop(stop(execution));
  const described = await house.describe(execution);
  assert.deepEqual([described.status, described.error, described.cause], ['ABORTED', 'Halt', 'by hand']);
  assert.equal(described.stoppedAtMs, stopped.stoppedAtMs);
  await house.clock.advance(5000);
  assert.deepEqual(await house.executions.stop(stop(execution)), stopped);
  assert.equal((await house.types(execution)).at(-1), 'ExecutionAborted');
  assert.deepEqual(await house.store.journals.earliestTimers('execution', undefined, 10), []);
  await assert.rejects(house.executions.stop(stop(`${execution}x`)), { code: 'ExecutionDoesNotExist' });
});

test('the signal of a task that is stopped or has timed out aborts', async (context) => {
  const house = new ExecutionsHouse(context, { tasks: () => new Promise(() => undefined) });
  await house.executions.open();
  const slow = await house.start(house.machine('slow', chain({ A: task(undefined, { TimeoutSeconds: 10 }) })));
  const stopped = await house.start(house.machine('stopped', chain({ A: task() })));
  await settled();
  await house.executions.stop(stop(stopped));
  assert.deepEqual(
    house.started.map(({ signal }) => signal.aborted),
    [false, true],
  );
  await house.clock.advance(10_000);
  assert.deepEqual(
    house.started.map(({ signal }) => signal.aborted),
    [true, true],
  );
  const end = await house.describe(slow);
  assert.deepEqual([end.status, end.error], ['FAILED', 'States.Timeout']);
});

test('a machine that takes too long times out, and no execution is open for more than a year', async (context) => {
  const house = new ExecutionsHouse(context, {
    tasks: () => ({ kind: 'submitted', output: null, waitsFor: { kind: 'callback' } }),
  });
  await house.executions.open();
  const definition = chain({ Ask: task(CALLBACK) });
  const bounded = await house.start(house.machine('bounded', { ...definition, TimeoutSeconds: 60 }));
  const endless = await house.start(house.machine('endless', definition));
  await house.clock.advance(60_000);
  assert.equal(await house.status(bounded), 'TIMED_OUT');
  assert.equal(await house.status(endless), 'RUNNING');
  house.clock.jump(365 * 86_400_000);
  await house.clock.advance(60_000);
  assert.equal(await house.status(endless), 'TIMED_OUT');
});

test('a redrive goes on where it failed, once for each token', async (context) => {
  let isWell = false;
  const house = new ExecutionsHouse(context, {
    tasks: ({ command }) => {
      const isLast = command.taskId.endsWith(':8');
      return isLast && !isWell ? { kind: 'failed', error: 'Ill', cause: 'so it is' } : { kind: 'succeeded', output: 'well' };
    },
  });
  const execution = await house.start(house.machine('two', chain({ A: task(), B: task() })));
  const failed = await house.end(execution);
  assert.deepEqual([failed.status, failed.redriveStatus, failed.redriveCount], ['FAILED', 'REDRIVABLE', 0]);
  isWell = true;
  const request = { scope: SCOPE, executionArn: execution, clientToken: 'token' };
  const redriven = await house.executions.redrive(request);
  const end = await house.end(execution);
  assert.deepEqual([end.status, end.redriveCount, end.redrivenAtMs], ['SUCCEEDED', 1, redriven.redrivenAtMs]);
  assert.deepEqual(await house.executions.redrive(request), redriven);
  assert.equal(house.started.length, 3, 'what had succeeded is not done again');
  await assert.rejects(house.executions.redrive({ ...request, clientToken: 'another' }), { code: 'ExecutionNotRedrivable' });
});

test('after fourteen days there is no redrive, and after ninety no execution', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const execution = await house.start(house.machine('fail', chain({ F: { Type: 'Fail', Error: 'No' } })));
  house.clock.jump(14 * 86_400_000 + 1);
  const described = await house.describe(execution);
  assert.equal(described.redriveStatus, 'NOT_REDRIVABLE');
  await assert.rejects(house.executions.redrive({ scope: SCOPE, executionArn: execution, clientToken: undefined }), {
    code: 'ExecutionNotRedrivable',
  });
  house.clock.jump(77 * 86_400_000);
  await house.clock.advance(600_000);
  await assert.rejects(house.describe(execution), { code: 'ExecutionDoesNotExist' });
});

test('lists have pages, by status too, the newest first', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('wait', WAIT);
  const all: string[] = [];
  for (let count = 0; count < 5; count++) {
    all.unshift(await house.start(machine));
    await house.clock.advance(1);
  }
  await house.executions.stop(stop(all[1] ?? ''));
  const query = { scope: SCOPE, of: { stateMachineArn: machine }, redriveFilter: undefined, limit: 2 };
  const listed: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await house.executions.list({ ...query, status: undefined, nextToken });
    assert(page.items.length <= 2);
    listed.push(...page.items.map(({ executionArn }) => executionArn));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  assert.deepEqual(listed, all);
  const aborted = await house.executions.list({ ...query, status: 'ABORTED', nextToken: undefined });
  assert.deepEqual(
    aborted.items.map(({ executionArn }) => executionArn),
    [all[1]],
  );
  await assert.rejects(house.executions.list({ ...query, status: undefined, nextToken: 'no' }), { code: 'InvalidToken' });
});

test('a history has pages, backwards too, and leaves its data out where they are not wanted', async (context) => {
  const house = new ExecutionsHouse(context);
  const execution = await house.start(house.machine('two', chain({ A: task(), B: task() })), { secret: 1 });
  await house.end(execution);
  const whole = await house.events(execution);
  for (const reverseOrder of [false, true]) {
    const ids: number[] = [];
    let nextToken: string | undefined;
    do {
      const query = { scope: SCOPE, executionArn: execution, reverseOrder, includeExecutionData: false, limit: 3, nextToken };
      const page = await house.executions.history(query);
      assert.doesNotMatch(JSON.stringify(page.items), /secret/);
      ids.push(...page.items.map(({ id }) => id));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    const expected = whole.map(({ id }) => id);
    assert.deepEqual(ids, reverseOrder ? expected.toReversed() : expected);
  }
});

test('the default bus is told of the beginning and of the end, where somebody listens', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('one', chain({ A: task() }));
  await house.end(await house.start(machine));
  assert.deepEqual(house.changes, []);
  house.isChangeWanted = true;
  const execution = await house.start(machine, { a: 1 }, 'told');
  await house.end(execution);
  assert.deepEqual(
    house.changes.map(({ detail }) => [detail['status'], detail['input'], detail['output'], detail['stopDate'] === null]),
    [
      ['RUNNING', '{"a":1}', null, true],
      ['SUCCEEDED', '{"a":1}', '{"a":1}', false],
    ],
  );
});

test('who waits for an end is told of it, or how it stands when the waiting is over', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const execution = await house.start(house.machine('wait', WAIT));
  const patience = new AbortController();
  const impatient = house.executions.finished({ scope: SCOPE, executionArn: execution }, patience.signal);
  patience.abort();
  assert.equal((await impatient).status, 'RUNNING');
  assert.equal((await house.end(execution, 4_000_000)).status, 'SUCCEEDED');
});
