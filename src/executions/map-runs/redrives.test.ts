// Map runs that are redriven: what did not succeed is begun again, and what never began.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import {
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

test('a redrive begins what did not succeed again, and what never began', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(numbers(5), { maxConcurrency: 2 }));
  await house.settle();
  const [first, second] = house.children.open;
  assert(first !== undefined && second !== undefined);
  house.children.succeed(first);
  house.children.fail(second);
  await house.settle();
  assert.deepEqual(onlyTold(house), THRESHOLD);
  const ended = await house.mapRuns.describe(scope, mapRunArn);
  assert.equal(ended.executionCounts.failed + ended.executionCounts.aborted + ended.executionCounts.pending, 4);
  await house.mapRuns.redrive(mapRunArn, 1);
  await house.mapRuns.redrive(mapRunArn, 1);
  await house.settle();
  const again = await house.mapRuns.describe(scope, mapRunArn);
  assert.deepEqual([again.status, again.redriveCount, again.executionCounts.failed], ['RUNNING', 1, 0]);
  assert.notEqual(again.redrivenAtMs, undefined);
  await house.restart();
  for (let child = house.children.open[0]; child !== undefined; child = house.children.open[0]) {
    house.children.succeed(child);
    await house.settle();
  }
  assert.deepEqual(house.told.at(-1)?.input, succeeded(numbers(5)));
  assert(house.children.redriven.has(`${house.children.arnOf(second)} ${mapRunArn}/1`));
  const tokens = [...house.children.redriven].map((redriven) => redriven.split(' ')[1]);
  assert.deepEqual(new Set(tokens), new Set([`${mapRunArn}/1`]), 'no child is redriven twice for one redrive');
  assert.equal(house.children.begun.size, 5);
});

test('what one redrive did not come to, the next brings back', async (t) => {
  const house = mapRunsHouse(t);
  const playWhile = async (act: (child: ChildRequest) => void, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      await house.settle();
      const [child] = house.children.open;
      if (child === undefined) return;
      act(child);
    }
    await house.settle();
  };
  await house.begin(startOf(numbers(6), { maxConcurrency: 2, toleratedFailureCount: 3 }));
  await playWhile((child) => house.children.fail(child), 4);
  assert.deepEqual(onlyTold(house), THRESHOLD);
  await house.mapRuns.redrive(mapRunArn, 1);
  await house.settle();
  await house.mapRuns.cancel(mapRunArn);
  await house.settle();
  const cut = (await house.mapRuns.describe(scope, mapRunArn)).executionCounts;
  assert.deepEqual([cut.aborted, cut.pendingRedrive, cut.pending], [2, 3, 1]);
  await house.mapRuns.redrive(mapRunArn, 2);
  await house.settle();
  const again = (await house.mapRuns.describe(scope, mapRunArn)).executionCounts;
  assert.deepEqual([again.running, again.pendingRedrive, again.pending], [2, 3, 1]);
  await playWhile((child) => house.children.succeed(child), 10);
  assert.deepEqual(house.told.at(-1)?.input, succeeded(numbers(6)));
});

test('a run whose inputs no child may have fails again when it is redriven', async (t) => {
  const house = mapRunsHouse(t);
  await house.begin(startOf(['x', 'x'.repeat(LIMITS.statePayloadBytes)]));
  await house.settle();
  await house.mapRuns.redrive(mapRunArn, 1);
  await house.settle();
  assert.equal(house.told.length, 2);
  assert.deepEqual(house.told[1], house.told[0]);
  const { status, redriveCount } = await house.mapRuns.describe(scope, mapRunArn);
  assert.deepEqual([status, redriveCount], ['FAILED', 1]);
  assert.equal(house.children.begun.size, 0);
});

test('a run that was cancelled before its inputs were on the disk cannot be redriven, and is nothing to take up', async (t) => {
  const house = mapRunsHouse(t);
  const inputs = Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(100_000)}`);
  house.dieAt(3);
  await assert.rejects(house.begin(startOf(inputs)));
  await house.restart();
  await house.mapRuns.cancel(mapRunArn);
  await assert.rejects(house.mapRuns.redrive(mapRunArn, 1), { code: 'ResourceNotFound' });
  await house.restart();
  await house.settle();
  assert.equal((await house.mapRuns.describe(scope, mapRunArn)).status, 'ABORTED');
  assert.deepEqual(house.told, []);
});
