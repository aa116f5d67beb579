// Who of the map runs may have children.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { scope } from '../../../test/support/buckets-house.ts';
import { Admission } from './admission.ts';

test('as many are let in as may be open; the next come in as others leave, in their order', () => {
  const admission = new Admission();
  const inside: number[] = [];
  const leave = Array.from({ length: LIMITS.openMapRuns + 3 }, (_, number) => admission.enter(scope, () => inside.push(number)));
  assert.equal(inside.length, LIMITS.openMapRuns);
  // One that waits goes away again: nobody comes in for it.
  leave[LIMITS.openMapRuns]?.();
  assert.equal(inside.length, LIMITS.openMapRuns);
  leave[5]?.();
  leave[7]?.();
  assert.deepEqual(inside.slice(LIMITS.openMapRuns), [LIMITS.openMapRuns + 1, LIMITS.openMapRuns + 2]);
});

test('who is within another is let in at once, and so is another region', () => {
  const admission = new Admission();
  let inside = 0;
  for (let number = 0; number < LIMITS.openMapRuns; number++) admission.enter(scope, () => (inside += 1));
  admission.enter(undefined, () => (inside += 1));
  admission.enter({ ...scope, region: 'eu-central-1' as typeof scope.region }, () => (inside += 1));
  assert.equal(inside, LIMITS.openMapRuns + 2);
});
