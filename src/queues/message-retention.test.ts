// Walks over what is too old: none while nothing can be, and from the first message to the last when something is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import type { ExpiryStep } from '#store';
import { MessageRetention } from './message-retention.ts';

const MINUTE_MS = 60_000;

function house(steps: (after: number, nowMs: number) => ExpiryStep) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const walked: number[] = [];
  const store = {
    expireSome(after: number, nowMs: number) {
      walked.push(after);
      return Promise.resolve(steps(after, nowMs));
    },
  };
  return { clock, log, walked, retention: new MessageRetention({ store, clock, log }) };
}

test('the first walk looks for what an earlier process left, and then none is needed', async () => {
  const { clock, walked, retention } = house((after) => ({ after: after === 0 ? 1000 : undefined, earliestMs: undefined }));
  retention.start();
  await clock.advance(14 * MINUTE_MS);
  assert.deepEqual(walked, []);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(walked, [0, 1000]);
  await clock.advance(30 * 24 * 60 * MINUTE_MS);
  assert.deepEqual(walked, [0, 1000]);
  await retention.close();
});

test('the next walk is when the next message expires, or one that was sent since', async () => {
  const { clock, walked, retention } = house((_after, nowMs) => ({ after: undefined, earliestMs: nowMs + 600 * MINUTE_MS }));
  retention.start();
  await clock.advance(15 * MINUTE_MS);
  assert.equal(walked.length, 1);
  await clock.advance(599 * MINUTE_MS);
  assert.equal(walked.length, 1);
  await clock.advance(MINUTE_MS);
  assert.equal(walked.length, 2);
  retention.expiresAt(clock.now() + MINUTE_MS);
  await clock.advance(14 * MINUTE_MS);
  assert.equal(walked.length, 2, 'walks are no closer than a quarter of an hour');
  await clock.advance(MINUTE_MS);
  assert.equal(walked.length, 3);
  await retention.close();
  assert.equal(clock.pendingTimers, 0);
});

test('a disk that refuses is told to the log, and walked again later', async () => {
  const { clock, log, walked, retention } = house(() => {
    throw new Error('full');
  });
  retention.start();
  await clock.advance(30 * MINUTE_MS);
  assert.equal(walked.length, 2);
  assert.equal(log.named('queues.retention-failed').length, 2);
  await retention.close();
});
