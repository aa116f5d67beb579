// When an entry is tried again, and when it is over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, integer, property, record } from 'fast-check';
import type { RetryPolicy } from '#outbox';
import type { Outcome } from './outcome.ts';
import { tooOld, verdictOf } from './retry-schedule.ts';
import type { AttemptState } from './retry-schedule.ts';

/** EventBridge's defaults. */
const DAY: RetryPolicy = {
  maximumRetries: 185,
  maximumAgeSeconds: 86_400,
  backOff: { kind: 'exponential', leastMs: 1000, mostMs: 600_000 },
};
const FAILED: Outcome = { kind: 'failed', code: 'TIMEOUT', message: 'no answer in time' };

const state = (more: Partial<AttemptState> = {}): AttemptState => ({
  attempt: 1,
  acceptedAtMs: 0,
  nowMs: 0,
  retry: DAY,
  fraction: 0.999,
  ...more,
});

function delayAfter(attempt: number, retry = DAY, fraction = 0.999): number | undefined {
  const verdict = verdictOf(FAILED, state({ attempt, retry, fraction }));
  return verdict.kind === 'again' ? verdict.dueAtMs : undefined;
}

test('exponential: doubled from the least to the most, and half of each is drawn', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 10, 11, 186].map((attempt) => delayAfter(attempt)),
    [1000, 1999, 3998, 7996, 511_744, 599_700, undefined],
  );
  assert.equal(delayAfter(1, DAY, 0), 500);
});

test('stages: one after the other, and the last repeats', () => {
  const retry: RetryPolicy = {
    maximumRetries: 5,
    maximumAgeSeconds: 3600,
    backOff: { kind: 'stages', delaysMs: [0, 1000, 20_000] },
  };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((attempt) => delayAfter(attempt, retry)),
    [0, 1000, 20_000, 20_000, 20_000, undefined],
  );
});

test('it is over after the last retry, or when the next would be too late', () => {
  const verdict = verdictOf(FAILED, state({ attempt: 186 }));
  assert(verdict.kind === 'over');
  assert.equal(verdict.exhausted, 'MaximumRetryAttempts');
  assert.equal(verdict.failure.code, 'TIMEOUT');
  const old = verdictOf(FAILED, state({ attempt: 3, nowMs: 86_399_000 }));
  assert(old.kind === 'over');
  assert.equal(old.exhausted, 'MaximumEventAgeInSeconds');
});

test('no retries means one attempt', () => {
  assert.equal(verdictOf(FAILED, state({ retry: { ...DAY, maximumRetries: 0 } })).kind, 'over');
});

test('what is refused is over at once, and no bound was met', () => {
  const verdict = verdictOf({ kind: 'refused', code: 'NO_RESOURCE', message: 'gone' }, state());
  assert.deepEqual([verdict.kind, 'exhausted' in verdict], ['over', false]);
});

test('a server that asks for more time gets it, up to an hour', () => {
  const asking = (retryAfterMs: number) => {
    const verdict = verdictOf({ ...FAILED, retryAfterMs }, state());
    return verdict.kind === 'again' ? verdict.dueAtMs : undefined;
  };
  assert.equal(asking(1), 1000);
  assert.equal(asking(120_000), 120_000);
  assert.equal(asking(100_000_000), 3_600_000);
});

test('what was not tried does not count', () => {
  assert.deepEqual(verdictOf({ kind: 'later', atMs: 7 }, state()), { kind: 'again', dueAtMs: 7, countAttempt: false });
});

test('an entry that always fails comes to its end, within its age and its number of retries', () => {
  const policies = record({
    maximumRetries: integer({ min: 0, max: 185 }),
    maximumAgeSeconds: integer({ min: 60, max: 86_400 }),
    leastMs: integer({ min: 1, max: 5000 }),
    mostMs: integer({ min: 5000, max: 600_000 }),
    draw: integer({ min: 0, max: 999 }),
  });
  check(
    property(policies, ({ leastMs, mostMs, draw, ...bounds }) => {
      const retry: RetryPolicy = { ...bounds, backOff: { kind: 'exponential', leastMs, mostMs } };
      let nowMs = 0;
      for (let attempt = 1; ; attempt += 1) {
        assert(attempt <= retry.maximumRetries + 1);
        assert(!tooOld({ acceptedAtMs: 0, nowMs, retry }));
        const verdict = verdictOf(FAILED, state({ attempt, nowMs, retry, fraction: draw / 1000 }));
        if (verdict.kind === 'over') return;
        assert(verdict.kind === 'again' && verdict.dueAtMs >= nowMs + leastMs / 2 - 1);
        nowMs = verdict.dueAtMs;
      }
    }),
  );
});
