// The decisions of the pool, told as stories.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admit, idleChargeMiB, mean, prewarmTarget, refillRestMs, SCALE, startsWanted, victims } from './scale.ts';

test('an account that reserved nothing gives every function what is left of its thousand', () => {
  const state = { reserved: undefined, functionInFlight: 999, unreservedLimit: 1000 };
  assert.equal(admit({ ...state, unreservedInFlight: 999 }), undefined);
  assert.equal(admit({ ...state, unreservedInFlight: 1000 }), 'ConcurrentInvocationLimitExceeded');
});

test('a reservation is a guarantee and a ceiling, and zero is the off switch', () => {
  const busyAccount = { unreservedLimit: 100, unreservedInFlight: 100 };
  assert.equal(admit({ ...busyAccount, reserved: 2, functionInFlight: 1 }), undefined);
  assert.equal(admit({ ...busyAccount, reserved: 2, functionInFlight: 2 }), 'ReservedFunctionConcurrentInvocationLimitExceeded');
  assert.equal(admit({ ...busyAccount, reserved: 0, functionInFlight: 0 }), 'ReservedFunctionConcurrentInvocationLimitExceeded');
});

test('the first burst of an unknown function gets an instance for each', () => {
  assert.equal(startsWanted({ waiting: 5, overdue: 0, busy: 0, meanRunMs: undefined, startMs: 30 }), 5);
  assert.equal(startsWanted({ waiting: 5, overdue: 0, busy: 2, meanRunMs: undefined, startMs: 30 }), 5);
});

test('a function that runs for a second gets an instance for each, however many are busy', () => {
  assert.equal(startsWanted({ waiting: 4, overdue: 0, busy: 3, meanRunMs: 1000, startMs: 30 }), 4);
});

test('a function that runs for half a millisecond is better served by the instance that it has', () => {
  assert.equal(startsWanted({ waiting: 31, overdue: 0, busy: 1, meanRunMs: 0.5, startMs: 30 }), 0);
  assert.equal(startsWanted({ waiting: 100, overdue: 0, busy: 1, meanRunMs: 0.5, startMs: 30 }), 40);
});

test('who has waited as long as a start takes gets one, even though the mean said otherwise', () => {
  assert.equal(startsWanted({ waiting: 3, overdue: 1, busy: 1, meanRunMs: 0.5, startMs: 30 }), 1);
});

test('nobody waits, nothing starts', () => {
  assert.equal(startsWanted({ waiting: 0, overdue: 0, busy: 0, meanRunMs: undefined, startMs: 30 }), 0);
  assert.equal(startsWanted({ waiting: 0, overdue: 0, busy: 1, meanRunMs: 0, startMs: 30 }), 0);
});

test('the mean believes a function that changed its ways', () => {
  let runMs = mean(undefined, 100);
  assert.equal(runMs, 100);
  for (let run = 0; run < 30; run += 1) runMs = mean(runMs, 1);
  assert.ok(runMs < 3, `${runMs}`);
});

test('memory is taken from the least recently used, and from no more than it takes', () => {
  const idle = [
    { chargedMiB: 40, name: 'oldest' },
    { chargedMiB: 100, name: 'older' },
    { chargedMiB: 40, name: 'newest' },
  ];
  const names = (shortage: { missingMiB: number; missingSandboxes: number }) => victims(shortage, idle)?.map(({ name }) => name);
  assert.deepEqual(names({ missingMiB: 30, missingSandboxes: 0 }), ['oldest']);
  assert.deepEqual(names({ missingMiB: 128, missingSandboxes: 0 }), ['oldest', 'older']);
  assert.deepEqual(names({ missingMiB: 0, missingSandboxes: 3 }), ['oldest', 'older', 'newest']);
  assert.deepEqual(names({ missingMiB: 0, missingSandboxes: 0 }), []);
  assert.equal(names({ missingMiB: 181, missingSandboxes: 0 }), undefined);
});

test('an idle instance is charged what it was seen to use, within what it may use', () => {
  assert.equal(idleChargeMiB(1024, 45.2 * 1_048_576), 46);
  assert.equal(idleChargeMiB(1024, 1), SCALE.genericMiB);
  assert.equal(idleChargeMiB(128, 900 * 1_048_576), 128);
  assert.equal(idleChargeMiB(1024, undefined), 1024);
});

test('a quiet runtime keeps its least, a burst raises it, and ten seconds later it is quiet again', () => {
  const bounds = { least: 2, most: 8 };
  const burst = [1000, 1001, 1002, 1003];
  assert.equal(prewarmTarget({ ...bounds, takenAtMs: [] }, 0), 2);
  assert.equal(prewarmTarget({ ...bounds, takenAtMs: burst }, 2000), 4);
  assert.equal(prewarmTarget({ ...bounds, takenAtMs: Array.from({ length: 100 }, () => 1500) }, 2000), 8);
  assert.equal(prewarmTarget({ ...bounds, takenAtMs: burst }, 11_003), 2);
});

test('launches that fail in a row are tried less and less often, up to twice a minute', () => {
  assert.deepEqual([0, 1, 2, 3, 9, 10, 50].map(refillRestMs), [0, 100, 200, 400, 25_600, 30_000, 30_000]);
});
