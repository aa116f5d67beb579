// The rules of PutLogEvents, to the byte and the millisecond.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { screenBatch } from './put-rules.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const line = (offsetMs: number, text = 'hello') => ({ timestampMs: NOW_MS + offsetMs, text });
const invalid = (message: string | RegExp) => ({ code: 'InvalidParameterException', message, status: 400 });

test('a batch within the rules is accepted whole', () => {
  const lines = [line(-DAY_MS + 1), line(-1), line(-1), line(0)];
  assert.deepEqual(screenBatch(lines, NOW_MS, undefined), {
    accepted: lines,
    rejected: { tooNewStart: undefined, tooOldEnd: undefined, expiredEnd: undefined },
  });
});

test('events that are too old or too new are left out, and the answer says which', () => {
  const lines = [line(-14 * DAY_MS - 1), line(-14 * DAY_MS - 1), line(0), line(2 * HOUR_MS), line(2 * HOUR_MS + 1)];
  const { accepted, rejected } = screenBatch(lines, NOW_MS, undefined);
  assert.deepEqual(accepted, lines.slice(2, 4));
  assert.deepEqual(rejected, { tooNewStart: 4, tooOldEnd: 2, expiredEnd: undefined });
});

test("events older than the group's retention have expired", () => {
  const lines = [line(-15 * DAY_MS), line(-4 * DAY_MS), line(-HOUR_MS)];
  const { accepted, rejected } = screenBatch(lines, NOW_MS, 3);
  assert.deepEqual(accepted, lines.slice(2));
  assert.deepEqual(rejected, { tooNewStart: undefined, tooOldEnd: 1, expiredEnd: 2 });
});

test('the accepted events may not span more than a day; rejected ones do not count', () => {
  assert.equal(screenBatch([line(-20 * DAY_MS), line(-DAY_MS), line(0)], NOW_MS, undefined).accepted.length, 2);
  assert.throws(
    () => screenBatch([line(-DAY_MS - 1), line(0)], NOW_MS, undefined),
    invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
  );
});

test('a batch out of order is refused as a whole', () => {
  assert.throws(
    () => screenBatch([line(0), line(-1)], NOW_MS, undefined),
    invalid('Log events in a single PutLogEvents request must be in chronological order.'),
  );
});

test('sizes count 26 bytes an event and are exact to the byte', () => {
  const largest = 'x'.repeat(LIMITS.logEventBytes - 26);
  assert.equal(screenBatch([line(0, largest)], NOW_MS, undefined).accepted.length, 1);
  assert.throws(
    () => screenBatch([line(0, `${largest}x`)], NOW_MS, undefined),
    invalid('Log event too large: 1048577 bytes exceeds limit of 1048576'),
  );
  const half = 'é'.repeat((LIMITS.logBatchBytes / 2 - 26) / 2);
  assert.equal(screenBatch([line(0, half), line(0, half)], NOW_MS, undefined).accepted.length, 2);
  assert.throws(
    () => screenBatch([line(0, half), line(0, `${half}x`)], NOW_MS, undefined),
    invalid('Upload too large: 1048577 bytes exceeds limit of 1048576'),
  );
});

test('empty batches, empty messages, too many events and impossible times are refused', () => {
  assert.throws(() => screenBatch([], NOW_MS, undefined), invalid(/at 'logEvents' failed to satisfy constraint/));
  assert.throws(() => screenBatch([line(0, '')], NOW_MS, undefined), invalid(/'logEvents\.1\.member\.message'/));
  assert.throws(
    () =>
      screenBatch(
        Array.from({ length: 10_001 }, () => line(0)),
        NOW_MS,
        undefined,
      ),
    invalid(/10000/),
  );
  assert.throws(() => screenBatch([{ timestampMs: -1, text: 'x' }], NOW_MS, undefined), invalid(/timestamp/));
});
