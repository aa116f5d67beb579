// How records are told as explanations, old ones too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageRecord } from '../../test/support/usage-records.ts';
import { explanationOf } from './explanation.ts';

test('a cold start tells where its time went, phase by phase', () => {
  const record = usageRecord({
    start: 'cold',
    why: 'busy; instances=3; pool=empty',
    queuedMs: 42,
    placeMs: 30,
    specialiseMs: 0.804,
    loadMs: 12.3,
    durationMs: 1.5,
  });
  assert.deepEqual(explanationOf(record), {
    start: 'cold',
    why: 'busy; instances=3; pool=empty',
    phases: 'queue=12.00 place=30.00 specialise=0.80 load=12.30 run=1.50 ms',
  });
});

test('a warm one ran, and waited if it did; a record from before the explanations still tells what it knows', () => {
  assert.equal(explanationOf(usageRecord({ durationMs: 2 })).phases, 'run=2.00 ms');
  assert.equal(explanationOf(usageRecord({ durationMs: 2, queuedMs: 5 })).phases, 'queue=5.00 run=2.00 ms');
  assert.deepEqual(explanationOf(usageRecord({ start: 'cold', queuedMs: 30, initMs: 20, durationMs: 2 })), {
    start: 'cold',
    why: undefined,
    phases: 'queue=30.00 run=2.00 ms',
  });
});
