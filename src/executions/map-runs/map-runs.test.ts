// Map runs from their beginning to their end: concurrency, tolerance, results, changes, deaths at every write.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import type { Outcome } from '#workflows';
import { facts } from '../../../test/support/flow-runner.ts';
import {
  machine,
  mapRunArn,
  mapRunsHouse,
  numbers,
  onlyTold,
  scope,
  startOf,
  succeeded,
  THRESHOLD,
} from '../../../test/support/map-runs-house.ts';
import type { ChildRequest } from '../running/execution-requests.ts';

const echo = ({ input }: ChildRequest): Outcome => ({ status: 'SUCCEEDED', output: JSON.stringify(input) });
const broken: Outcome = { status: 'FAILED', error: 'Broken', cause: 'it broke' };
test('results stand in the order of the items, whichever child ends first', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(['a', 'b', 'c']));
  await house.settle();
  const [first, second, third] = house.children.open;
  assert(first !== undefined && second !== undefined && third !== undefined);
  house.children.succeed(third);
  house.children.succeed(first);
  await house.settle();
  assert.deepEqual(house.told, []);
  assert.equal((await house.mapRuns.describe(scope, mapRunArn)).executionCounts.succeeded, 2);
  house.children.succeed(second);
  await house.settle();
  assert.deepEqual(house.told, [{ arn: facts().arn, input: succeeded(['a', 'b', 'c']) }]);
  const run = await house.mapRuns.describe(scope, mapRunArn);
  assert.equal(run.status, 'SUCCEEDED');
  assert.notEqual(run.stoppedAtMs, undefined);
});

test('a child is told what it runs, and where it belongs', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf([{ n: 1 }], { executionType: 'EXPRESS' }));
  await house.settle();
  const [child] = house.children.open;
  assert(child !== undefined);
  const { name, machine: runs, ...rest } = child;
  assert.match(name, /^[0-9a-f-]{36}$/);
  assert.equal(runs.revisionId, machine.revisionId);
  assert.deepEqual(rest, {
    scope,
    mapRunArn,
    label: 'each',
    executionType: 'EXPRESS',
    flowPath: '/States/Each/ItemProcessor',
    input: { n: 1 },
    itemCount: 1,
    mapItem: undefined,
  });
});

test('a run without items has succeeded', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf([]));
  await house.settle();
  assert.deepEqual(onlyTold(house), succeeded([]));
});

test('no more children are open than MaxConcurrency says, and others follow', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(5), { maxConcurrency: 2 }));
  for (const open of [2, 2, 2, 2, 1]) {
    await house.settle();
    assert.equal(house.children.open.length, open);
    const [child] = house.children.open;
    assert(child !== undefined);
    house.children.succeed(child);
  }
  await house.settle();
  assert.deepEqual(onlyTold(house), succeeded(numbers(5)));
});

test('of a run without MaxConcurrency, as many are open as one may have', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(LIMITS.mapRunConcurrency + 1)));
  await house.settle();
  assert.equal(house.children.open.length, LIMITS.mapRunConcurrency);
});

test('a failure that is not tolerated ends the others, and the rest never begins', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(5), { maxConcurrency: 3 }));
  await house.settle();
  const [first] = house.children.open;
  assert(first !== undefined);
  house.children.fail(first);
  await house.settle();
  assert.deepEqual(onlyTold(house), THRESHOLD);
  const { status, executionCounts } = await house.mapRuns.describe(scope, mapRunArn);
  assert.equal(status, 'FAILED');
  assert.deepEqual(executionCounts, {
    pending: 2,
    running: 0,
    succeeded: 0,
    failed: 1,
    timedOut: 0,
    aborted: 2,
    total: 5,
    resultsWritten: 0,
    failuresNotRedrivable: 0,
    pendingRedrive: 0,
  });
});

test('a failure that is tolerated has its place among the results', async (t) => {
  const house = mapRunsHouse(t);
  house.children.answer = (child) => (child.input === 1 ? broken : echo(child));
  await house.begin(startOf(numbers(3), { toleratedFailureCount: 1 }));
  await house.settle();
  assert.deepEqual(onlyTold(house), succeeded([0, { Status: 'FAILED', Error: 'Broken', Cause: 'it broke' }, 2]));
});

test('tolerance counts items: a batch that fails fails with all of its own', async (t) => {
  const batches = [{ Items: [1, 2, 3] }, { Items: [4, 5] }];
  for (const [percentage, tolerates] of [
    [59, false],
    [60, true],
  ] as const) {
    const house = mapRunsHouse(t);
    house.children.answer = (child) => (child.itemCount === 3 ? broken : echo(child));
    await house.begin(startOf(batches, { itemCount: 5, toleratedFailurePercentage: percentage }));
    await house.settle();
    assert.equal(onlyTold(house)?.kind, tolerates ? 'map-run-succeeded' : 'map-run-failed');
    const { itemCounts } = await house.mapRuns.describe(scope, mapRunArn);
    assert.equal(itemCounts.failed, 3);
    assert.equal(itemCounts.total, 5);
  }
});

test('a run that is cancelled ends its children, and tells nothing', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(3), { maxConcurrency: 2 }));
  await house.settle();
  await house.mapRuns.cancel(mapRunArn);
  await house.settle();
  assert.deepEqual(house.children.open, []);
  assert.deepEqual(house.told, []);
  const { status, executionCounts } = await house.mapRuns.describe(scope, mapRunArn);
  assert.equal(status, 'ABORTED');
  assert.equal(executionCounts.aborted, 2);
  assert.equal(executionCounts.pending, 1);
  await house.mapRuns.cancel(mapRunArn);
});

test('what is updated counts for the run at once', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(6), { maxConcurrency: 1 }));
  await house.settle();
  const change = { scope, mapRunArn, maxConcurrency: 4, toleratedFailureCount: 2, toleratedFailurePercentage: undefined };
  await house.mapRuns.update(change);
  await house.settle();
  assert.equal(house.children.open.length, 4);
  const [first, second] = house.children.open;
  assert(first !== undefined && second !== undefined);
  house.children.fail(first);
  house.children.fail(second);
  await house.settle();
  const { status, maxConcurrency, toleratedFailureCount } = await house.mapRuns.describe(scope, mapRunArn);
  assert.deepEqual(
    { status, maxConcurrency, toleratedFailureCount },
    { status: 'RUNNING', maxConcurrency: 4, toleratedFailureCount: 2 },
  );
  await house.mapRuns.cancel(mapRunArn);
  await house.settle();
  await assert.rejects(house.mapRuns.update(change), { code: 'ValidationException' });
});

test('what does not exist is neither described nor updated', async (t) => {
  const { mapRuns } = mapRunsHouse(t);
  await assert.rejects(mapRuns.describe(scope, mapRunArn), { code: 'ResourceNotFound' });
  await assert.rejects(mapRuns.describe(scope, 'arn:aws:states:us-east-1:111111111111:execution:machine:run'), {
    code: 'InvalidArn',
  });
  const change = { scope, mapRunArn, maxConcurrency: 4, toleratedFailureCount: undefined, toleratedFailurePercentage: undefined };
  await assert.rejects(mapRuns.update(change), { code: 'ResourceNotFound' });
});

test('results that are too large together fail the state, and say what to do by their name', async (t) => {
  const house = mapRunsHouse(t);
  const output = JSON.stringify('x'.repeat(LIMITS.statePayloadBytes / 2));
  house.children.answer = () => ({ status: 'SUCCEEDED', output });
  await house.begin(startOf(numbers(3)));
  await house.settle();
  const told = onlyTold(house);
  assert(told?.kind === 'map-run-failed');
  assert.equal(told.error, 'States.DataLimitExceeded');
});

test('an input that no child may have fails the run before anything begins', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(['x', 'x'.repeat(LIMITS.statePayloadBytes)]));
  await house.settle();
  const told = onlyTold(house);
  assert(told?.kind === 'map-run-failed');
  assert.equal(told.error, 'States.DataLimitExceeded');
  assert.equal(house.children.begun.size, 0);
});

test('a run that is begun twice is one', async (t) => {
  const house = mapRunsHouse(t);
  await Promise.all([house.begin(startOf(numbers(2))), house.begin(startOf(numbers(2)))]);
  await house.begin(startOf(numbers(2)));
  await house.settle();
  assert.equal(house.children.begun.size, 2);
});

test('inputs that come to many megabytes are written piece by piece; what a crash cut off goes on where it was', async (t) => {
  const house = mapRunsHouse(t);
  const inputs = Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(100_000)}`);
  house.dieAt(3);
  await assert.rejects(house.begin(startOf(inputs)));
  await house.restart();
  assert.equal(house.children.begun.size, 0);
  house.children.answer = ({ input }) => ({ status: 'SUCCEEDED', output: JSON.stringify(JSON.stringify(input).slice(1, 3)) });
  await house.begin(startOf(inputs));
  await house.settle();
  assert.deepEqual(onlyTold(house), succeeded(inputs.map((input) => input.slice(0, 2))));
});

test('wherever the process dies, each child has run once with its own input, and the results are whole', async (t) => {
  const inputs = numbers(7);
  for (let write = 2; ; write++) {
    const house = mapRunsHouse(t);
    await house.begin(startOf(inputs, { maxConcurrency: 3, toleratedFailureCount: 1 }));
    house.dieAt(write);
    const play = async (): Promise<void> => {
      for (let turns = 0; turns < 30; turns++) {
        await house.settle();
        const child = house.children.open.at(-1);
        if (child === undefined) break;
        if (child.input === 4) house.children.fail(child);
        else house.children.succeed(child);
      }
    };
    await play();
    const wasWhole = house.told.length > 0;
    await house.restart();
    await play();
    await house.settle();
    const expected = inputs.map((input) => (input === 4 ? { Status: 'FAILED', Error: 'Broken', Cause: 'it broke' } : input));
    assert.deepEqual(house.told.at(-1)?.input, succeeded(expected), `died before write ${write}`);
    assert.equal(house.children.begun.size, inputs.length);
    for (const { child, begins } of house.children.begun.values()) assert.equal(begins, 1, JSON.stringify(child.input));
    const { executionCounts } = await house.mapRuns.describe(scope, mapRunArn);
    assert.deepEqual([executionCounts.succeeded, executionCounts.failed, executionCounts.running], [6, 1, 0]);
    if (wasWhole) {
      // It died after the last write, or never: every moment before has been tried.
      assert(write > 5);
      break;
    }
  }
});

test('a run that died while it ended its children ends them, and counts what never began as pending', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(4), { maxConcurrency: 3 }));
  await house.settle();
  const [first] = house.children.open;
  assert(first !== undefined);
  // The next write says that it stops; the one after that the children have ended.
  house.dieAt(2);
  house.children.stop = async () => new Promise(() => undefined);
  house.children.fail(first);
  await house.settle();
  delete (house.children as { stop?: unknown }).stop;
  house.dieAt(Number.POSITIVE_INFINITY);
  // One of those that the head has as running had never come to the disk.
  const [lost] = house.children.open;
  assert(lost !== undefined);
  house.children.begun.delete(house.children.arnOf(lost));
  for (const child of house.children.open)
    await house.store.journals.begin({
      scope,
      kind: 'execution',
      owner: 'arn:machine',
      name: child.name,
      startedAtMs: 0,
      groups: [mapRunArn],
      attributes: {},
      first: { head: '{}', isBusy: true },
    });
  await house.restart();
  await house.settle();
  assert.deepEqual(onlyTold(house), THRESHOLD);
  const { executionCounts } = await house.mapRuns.describe(scope, mapRunArn);
  assert.deepEqual([executionCounts.failed, executionCounts.aborted, executionCounts.pending], [1, 1, 2]);
});

test('a run that cannot be taken up keeps none of the others from it', async (t) => {
  const house = mapRunsHouse(t);
  await house.store.journals.begin({
    scope,
    kind: 'map-run',
    owner: facts().arn,
    name: `${mapRunArn.slice(0, -1)}0`,
    startedAtMs: 0,
    groups: [],
    attributes: null,
    first: { head: '{"phase":"running"}', isBusy: true },
  });
  await house.begin(startOf(numbers(2)));
  await house.restart();
  await house.settle();
  for (const child of house.children.open) house.children.succeed(child);
  await house.settle();
  assert.deepEqual(onlyTold(house), succeeded(numbers(2)));
});

test('runs of an execution are listed page by page, the newest first', async (t) => {
  const house = mapRunsHouse(t);
  const arns = [1, 2, 3].map((number) => `${mapRunArn.slice(0, -1)}${number}`);
  for (const mapRunId of arns) {
    await house.begin(startOf([], { mapRunId }));
    await house.clock.advance(1000);
  }
  const of = { scope, executionArn: facts().arn, maxResults: 2 };
  const page = await house.mapRuns.list(of);
  const rest = await house.mapRuns.list({ ...of, nextToken: page.nextToken });
  assert.deepEqual(
    [...page.items, ...rest.items].map((run) => run.mapRunArn),
    arns.toReversed(),
  );
  assert.equal(rest.nextToken, undefined);
  assert.equal(page.items[0]?.stateMachineArn, facts().machineArn);
});

test('what goes wrong with the disk is tried again', async (t) => {
  const house = mapRunsHouse(t);
  house.children.answer = echo;
  const { fault } = house.store;
  let failures = 2;
  house.store.fault = (verb) => {
    if (verb === 'journals.append' && failures-- > 0) throw new Error('no space left on the disk');
  };
  await house.begin(startOf(numbers(3)));
  await house.settle();
  assert.deepEqual(house.told, []);
  await house.clock.advance(60_000);
  assert.deepEqual(onlyTold(house), succeeded(numbers(3)));
  house.store.fault = fault;
});
