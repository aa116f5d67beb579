// Where a map run stands after children begin and end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf, exceedsTolerance, newHead, withBegun, withEnded, withRedrive } from './map-run-head.ts';
import type { MapRunHead } from './map-run-head.ts';

function headOf(settings: { count?: number; percentage?: number } = {}): MapRunHead {
  return newHead({ maxConcurrency: 0, toleratedFailureCount: settings.count, toleratedFailurePercentage: settings.percentage });
}

test('a child that a crash kept from beginning waits as it did before: for its first time, or for its redrive', () => {
  const child = { index: 0, items: 3, redrives: 0, isRedrivable: true };
  const fresh = withEnded(withBegun(headOf(), [child]), [{ ...child, status: undefined }]);
  assert.equal(fresh.executions.pendingRedrive, 0);
  const failed = withEnded(withBegun(headOf(), [child]), [{ ...child, status: 'FAILED' }]);
  const redriven = withRedrive(failed, { count: 1, atMs: 0 });
  const again = { ...child, redrives: 1 };
  const begun = withBegun(redriven, [again]);
  assert.deepEqual([begun.executions.pendingRedrive, begun.items.pendingRedrive], [0, 0]);
  const back = withEnded(begun, [{ ...again, status: undefined }]);
  assert.deepEqual([back.executions.pendingRedrive, back.items.pendingRedrive], [1, 3]);
});

test('failures that no redrive helps are counted, each with its items', () => {
  const children = [
    { index: 0, items: 3, redrives: 0, status: 'FAILED' as const, isRedrivable: false },
    { index: 1, items: 1, redrives: 0, status: 'TIMED_OUT' as const, isRedrivable: true },
    { index: 2, items: 1, redrives: 0, status: 'SUCCEEDED' as const, isRedrivable: true },
  ];
  const head = withEnded(withBegun(headOf(), children), children);
  assert.equal(countsOf(head.executions, 3).failuresNotRedrivable, 1);
  assert.equal(countsOf(head.items, 5).failuresNotRedrivable, 3);
  const again = withRedrive(head, { count: 1, atMs: 0 });
  assert.equal(countsOf(again.executions, 3).failuresNotRedrivable, 0, 'whether they are is seen when they have ended again');
});

test('failures are tolerated up to the threshold, and where there are two, up to either', () => {
  const exceeds = (failures: number, settings: { count?: number; percentage?: number }): boolean => {
    const ended = Array.from({ length: failures }, (_, index) => ({
      index,
      items: 1,
      redrives: 0,
      status: 'FAILED' as const,
      isRedrivable: true,
    }));
    return exceedsTolerance(withEnded(withBegun(headOf(settings), ended), ended), { executions: 10, items: 10 });
  };
  assert.deepEqual([exceeds(0, {}), exceeds(1, {})], [false, true]);
  assert.deepEqual([exceeds(3, { count: 3 }), exceeds(4, { count: 3 })], [false, true]);
  assert.deepEqual([exceeds(3, { percentage: 30 }), exceeds(4, { percentage: 30 })], [false, true]);
  assert.equal(exceeds(10, { percentage: 100 }), false);
  assert.deepEqual([exceeds(2, { count: 2, percentage: 50 }), exceeds(3, { count: 2, percentage: 50 })], [false, true]);
  assert.deepEqual([exceeds(1, { count: 9, percentage: 10 }), exceeds(2, { count: 9, percentage: 10 })], [false, true]);
});
