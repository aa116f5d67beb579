// Delivery policies expand to the delays that AWS's tables and curves show.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, constantFrom, integer, property } from 'fast-check';
import {
  DEFAULT_HEALTHY_RETRY_POLICY,
  MAIL_RETRY,
  MANAGED_ENDPOINT_RETRY,
  stageDelaysMs,
  webRetry,
  type BackOffFunction,
} from './delivery-policy.ts';

const policy = { ...DEFAULT_HEALTHY_RETRY_POLICY, minDelayTarget: 5, maxDelayTarget: 260, numRetries: 10 };
const seconds = (backoffFunction: BackOffFunction) =>
  stageDelaysMs({ ...policy, backoffFunction }).map((ms) => Math.round(ms / 1000));

test('three retries, twenty seconds apart, where nobody says otherwise', () => {
  assert.deepEqual(webRetry(DEFAULT_HEALTHY_RETRY_POLICY), {
    maximumRetries: 3,
    maximumAgeSeconds: 3600,
    backOff: { kind: 'stages', delaysMs: [20_000, 20_000, 20_000] },
  });
});

test('the four phases follow one another', () => {
  assert.deepEqual(
    stageDelaysMs({
      minDelayTarget: 1,
      maxDelayTarget: 60,
      numRetries: 9,
      numNoDelayRetries: 2,
      numMinDelayRetries: 2,
      numMaxDelayRetries: 2,
      backoffFunction: 'linear',
    }),
    [0, 0, 1000, 1000, 1000, 30_500, 60_000, 60_000, 60_000],
  );
});

test('all functions begin and end alike, and the steeper ones stay low for longer', () => {
  assert.deepEqual(seconds('linear'), [5, 33, 62, 90, 118, 147, 175, 203, 232, 260]);
  assert.deepEqual(seconds('arithmetic'), [5, 11, 22, 39, 62, 90, 124, 164, 209, 260]);
  assert.deepEqual(seconds('geometric'), [5, 8, 12, 19, 29, 45, 70, 108, 168, 260]);
  assert.deepEqual(seconds('exponential'), [5, 5, 6, 8, 12, 20, 36, 68, 132, 260]);
});

test('whatever the numbers, each retry has its delay, and delays never shrink', () => {
  const functions = constantFrom<BackOffFunction>('linear', 'arithmetic', 'geometric', 'exponential');
  check(
    property(
      functions,
      integer({ min: 1, max: 3600 }),
      integer({ min: 0, max: 3599 }),
      integer({ min: 0, max: 100 }),
      (shape, least, more, retries) => {
        const most = Math.min(3600, least + more);
        const delays = stageDelaysMs({
          ...policy,
          backoffFunction: shape,
          minDelayTarget: least,
          maxDelayTarget: most,
          numRetries: retries,
        });
        assert.equal(delays.length, retries);
        for (const [place, delay] of delays.entries()) {
          assert.ok(delay >= least * 1000 && delay <= most * 1000);
          assert.ok(place === 0 || delay >= (delays[place - 1] ?? 0));
        }
      },
    ),
  );
});

test("queues and functions are tried for 23 days, mail servers for six hours, as in AWS's table", () => {
  const total = ({ maximumRetries, backOff }: typeof MAIL_RETRY) => {
    assert(backOff.kind === 'stages');
    const { delaysMs } = backOff;
    const repeated = (maximumRetries - delaysMs.length) * (delaysMs.at(-1) ?? 0);
    return (delaysMs.reduce((sum, delay) => sum + delay, 0) + repeated) / 1000;
  };
  assert.equal(MANAGED_ENDPOINT_RETRY.maximumRetries, 100_015);
  assert.equal(Math.floor(total(MANAGED_ENDPOINT_RETRY) / 86_400), 23);
  assert.ok(total(MANAGED_ENDPOINT_RETRY) < MANAGED_ENDPOINT_RETRY.maximumAgeSeconds);
  assert.equal(MAIL_RETRY.maximumRetries, 50);
  assert.equal(Math.floor(total(MAIL_RETRY) / 3600), 6);
  assert.ok(total(MAIL_RETRY) < MAIL_RETRY.maximumAgeSeconds);
});
