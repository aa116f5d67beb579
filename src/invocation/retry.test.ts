// An event's life, told by the clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooOld, verdictOf } from './retry.ts';
import type { EventResult } from './retry.ts';

const settings = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };
const FAILED: EventResult = { kind: 'ran', succeeded: false };
const NOT_RUN: EventResult = { kind: 'notRun' };

test('an event that fails runs again after one minute, after two more, and is then given up', () => {
  const accepted = { acceptedAtMs: 0, settings };
  assert.deepEqual(verdictOf(FAILED, { ...accepted, attempt: 1, nowMs: 100 }), {
    kind: 'again',
    dueAtMs: 60_100,
    countAttempt: true,
  });
  assert.deepEqual(verdictOf(FAILED, { ...accepted, attempt: 2, nowMs: 60_200 }), {
    kind: 'again',
    dueAtMs: 180_200,
    countAttempt: true,
  });
  assert.deepEqual(verdictOf(FAILED, { ...accepted, attempt: 3, nowMs: 180_300 }), { kind: 'dropped', reason: 'RetriesExhausted' });
});

test('success at any attempt is the end of it', () => {
  assert.deepEqual(verdictOf({ kind: 'ran', succeeded: true }, { acceptedAtMs: 0, settings, attempt: 3, nowMs: 1 }), {
    kind: 'done',
  });
});

test('without retries the first failure is the last', () => {
  const once = { ...settings, maximumRetryAttempts: 0 };
  assert.deepEqual(verdictOf(FAILED, { acceptedAtMs: 0, settings: once, attempt: 1, nowMs: 1 }), {
    kind: 'dropped',
    reason: 'RetriesExhausted',
  });
});

test('a throttled event waits a second, then as long again as it is old, at most five minutes, for six hours', () => {
  const waits: number[] = [];
  let nowMs = 0;
  for (;;) {
    const verdict = verdictOf(NOT_RUN, { acceptedAtMs: 0, settings, attempt: 1, nowMs });
    if (verdict.kind !== 'again') {
      assert.deepEqual(verdict, { kind: 'dropped', reason: 'EventAgeExceeded' });
      break;
    }
    assert.equal(verdict.countAttempt, false);
    waits.push((verdict.dueAtMs - nowMs) / 1000);
    nowMs = verdict.dueAtMs;
  }
  assert.deepEqual(waits.slice(0, 10), [1, 1, 2, 4, 8, 16, 32, 64, 128, 256]);
  assert.equal(Math.max(...waits), 300);
  assert.ok(nowMs > 21_000_000 && nowMs < 21_600_000);
});

test('a retry that would come too late is not made', () => {
  const short = { ...settings, maximumEventAgeSeconds: 60 };
  assert.deepEqual(verdictOf(FAILED, { acceptedAtMs: 0, settings: short, attempt: 1, nowMs: 1 }), {
    kind: 'dropped',
    reason: 'EventAgeExceeded',
  });
  assert.equal(tooOld({ acceptedAtMs: 0, nowMs: 59_999, settings: short }), false);
  assert.equal(tooOld({ acceptedAtMs: 0, nowMs: 60_000, settings: short }), true);
});

test('a shutdown hands the event back at once, and counts nothing', () => {
  assert.deepEqual(verdictOf({ kind: 'interrupted' }, { acceptedAtMs: 0, settings, attempt: 3, nowMs: 5 }), {
    kind: 'again',
    dueAtMs: 5,
    countAttempt: false,
  });
});

test('an event whose earlier attempts died with the platform still fails only once more', () => {
  assert.deepEqual(verdictOf(FAILED, { acceptedAtMs: 0, settings, attempt: 7, nowMs: 5 }), {
    kind: 'dropped',
    reason: 'RetriesExhausted',
  });
});
