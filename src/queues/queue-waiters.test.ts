// Whoever waits is woken by what happens, in turn, and nothing is left behind when nobody waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { QueueWaiters, type Line } from './queue-waiters.ts';

function waiting(line: Line, outcomes: string[], name: string, waitMs = 1000, signal?: AbortSignal): Promise<void> {
  return line.wait(waitMs, signal).then((outcome) => void outcomes.push(`${name} ${outcome}`));
}

test('as many are woken as messages arrived, those who waited longest first', async () => {
  const waiters = new QueueWaiters(new FakeClock());
  const line = waiters.join(1);
  const outcomes: string[] = [];
  const all = ['a', 'b', 'c'].map((name) => waiting(line, outcomes, name));
  waiters.arrived(2, 5);
  waiters.arrived(1, 2);
  await settled();
  assert.deepEqual(outcomes, ['a woken', 'b woken']);
  waiters.close();
  await Promise.all(all);
  assert.deepEqual(outcomes, ['a woken', 'b woken', 'c aborted']);
});

test('what arrives while nobody waits is counted for those who have joined', () => {
  const waiters = new QueueWaiters(new FakeClock());
  const line = waiters.join(1);
  const seen = line.arrivals;
  waiters.arrived(1);
  assert.notEqual(line.arrivals, seen);
});

test('a time that is due wakes one, and the earliest counts', async () => {
  const clock = new FakeClock();
  const waiters = new QueueWaiters(clock);
  const line = waiters.join(1);
  const outcomes: string[] = [];
  void waiting(line, outcomes, 'a');
  void waiting(line, outcomes, 'b');
  waiters.dueAt(1, clock.now() + 500);
  waiters.dueAt(1, clock.now() + 200);
  waiters.dueAt(1, clock.now() + 300);
  await clock.advance(199);
  assert.deepEqual(outcomes, []);
  await clock.advance(1);
  assert.deepEqual(outcomes, ['a woken']);
  await clock.advance(800);
  assert.deepEqual(outcomes, ['a woken', 'b timedOut']);
});

test('a caller who leaves is forgotten, and a wait of nobody leaves no timer', async () => {
  const clock = new FakeClock();
  const waiters = new QueueWaiters(clock);
  const line = waiters.join(1);
  const outcomes: string[] = [];
  const leaving = new AbortController();
  const gone = waiting(line, outcomes, 'gone', 1000, leaving.signal);
  waiters.dueAt(1, clock.now() + 400);
  leaving.abort();
  await gone;
  assert.deepEqual(outcomes, ['gone aborted']);
  await waiting(line, outcomes, 'late', 1000, leaving.signal);
  line.leave();
  assert.equal(clock.pendingTimers, 0);
});
