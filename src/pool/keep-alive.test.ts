// How long an idle instance is held, told as stories of functions with habits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binOf, BINS, binStartMs, binWidthMs, IdleTimes } from './idle-times.ts';
import { Habit, KEEP_ALIVE, planOf } from './keep-alive.ts';

const MINUTE = 60_000;

/** Calls one after another, each a moment long. */
function called(atMs: readonly number[]): Habit {
  const habit = new Habit();
  for (const at of atMs) {
    habit.rose(1, at);
    habit.fell(1, at + 100);
  }
  return habit;
}

const every = (periodMs: number, times: number) => Array.from({ length: times }, (_, index) => index * periodMs);

/** When it is held, minute by minute after its last call, if one is there as long as the plan says. */
function heldMinutes(habit: Habit, sinceMs: number, minutes: number): readonly number[] {
  let idle = 1;
  const held: number[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    idle = planOf(habit, { busy: 0, idle }, sinceMs + 100 + minute * MINUTE + 1).idle;
    if (idle > 0) held.push(minute);
  }
  return held;
}

test('a bin holds what lies between its ends, and the last whatever took longer', () => {
  for (const idleMs of [0, 999, 1000, 59_999, 60_000, 7_199_999, 7_200_000, 28_799_999]) {
    const bin = binOf(idleMs);
    assert.ok(binStartMs(bin) <= idleMs && idleMs < binStartMs(bin) + binWidthMs(bin), `${idleMs}`);
  }
  assert.equal(binOf(28_800_000), BINS);
  assert.equal(binOf(Number.MAX_VALUE), BINS);
});

test('a function that nobody knows is held for ten minutes', () => {
  assert.deepEqual(heldMinutes(called([0]), 0, 60), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('one that is never called has nothing to be held for', () => {
  assert.deepEqual(planOf(new Habit(), { busy: 0, idle: 0 }, 0), { idle: 0, reviewAtMs: undefined });
});

test('one that is called every half hour is let go soon, and is back a little before the half hour', () => {
  const habit = called(every(30 * MINUTE, 8));
  const held = heldMinutes(habit, 7 * 30 * MINUTE, 120);
  assert.ok(held.includes(29) && held.includes(30), held.join());
  assert.ok(held.length <= 6, `held for a few minutes of the half hour: ${held.join()}`);
  assert.ok(!held.includes(15) && !held.includes(45));
});

test('one that comes every day, or never again, is let go sooner than one that nobody knows', () => {
  const day = 24 * 60 * MINUTE;
  const held = heldMinutes(called(every(day, 4)), 3 * day, 60);
  assert.ok(held.length < 5, held.join());
});

test('one that is called all the time is held', () => {
  const habit = called(every(3 * MINUTE, 200));
  assert.ok(heldMinutes(habit, 199 * 3 * MINUTE, 4).length === 4);
});

test('a single call at some hour is no habit', () => {
  const habit = called([0, 45 * MINUTE]);
  assert.ok(heldMinutes(habit, 45 * MINUTE, 60).every((minute) => minute < 10));
});

test('what has become different is believed after a while', () => {
  const slow = every(40 * MINUTE, 100);
  const from = 100 * 40 * MINUTE;
  const fast = every(20 * MINUTE, 200).map((at) => at + from);
  const held = heldMinutes(called([...slow, ...fast]), from + 199 * 20 * MINUTE, 60);
  assert.ok(held.includes(20), held.join());
});

test('the second level has habits of its own: what bursts alone need is not held as what every call needs', () => {
  const habit = new Habit();
  for (let minute = 0; minute < 660; minute += 2) {
    habit.rose(1, minute * MINUTE);
    if (minute % 100 === 0) {
      habit.rose(2, minute * MINUTE + 1);
      habit.fell(2, minute * MINUTE + 2);
    }
    habit.fell(1, minute * MINUTE + 100);
  }
  const soon = planOf(habit, { busy: 0, idle: 2 }, 659 * MINUTE);
  assert.equal(soon.idle, 1, 'one for the next call, none for the burst that is due in forty minutes');
});

test('the review comes when the plan changes, and not before', () => {
  const habit = called(every(30 * MINUTE, 8));
  const lastMs = 7 * 30 * MINUTE + 100;
  const gone = planOf(habit, { busy: 0, idle: 0 }, lastMs + 10 * MINUTE);
  assert.equal(gone.idle, 0);
  assert(gone.reviewAtMs !== undefined && gone.reviewAtMs > lastMs + 25 * MINUTE && gone.reviewAtMs < lastMs + 30 * MINUTE);
  assert.equal(planOf(habit, { busy: 0, idle: 0 }, gone.reviewAtMs - 1).idle, 0);
  assert.equal(planOf(habit, { busy: 0, idle: 0 }, gone.reviewAtMs).idle, 1, 'started ahead');
});

test('a plan for a given moment is never due again at that moment', () => {
  const habit = called(every(7 * MINUTE + 0.1, 9));
  let nowMs = 8 * (7 * MINUTE + 0.1) + 100;
  for (let review = 0; review < 50; review += 1) {
    const { reviewAtMs } = planOf(habit, { busy: 0, idle: review % 2 }, nowMs);
    if (reviewAtMs === undefined) return;
    assert.ok(reviewAtMs > nowMs);
    nowMs = reviewAtMs;
  }
});

test('a history never overflows, and forgets', () => {
  const times = new IdleTimes();
  for (let sample = 0; sample < 10_000; sample += 1) times.add(5 * MINUTE);
  assert.ok(times.count <= 128 && times.in(binOf(5 * MINUTE)) === times.count);
  for (let sample = 0; sample < 10_000; sample += 1) times.add(MINUTE);
  assert.equal(times.in(binOf(5 * MINUTE)), 0);
});

test('a flood is remembered up to a hundred levels', () => {
  const habit = new Habit();
  for (let level = 1; level <= 1000; level += 1) habit.rose(level, level);
  for (let level = 1000; level >= 1; level -= 1) habit.fell(level, 5000 - level);
  assert.equal(habit.levels, KEEP_ALIVE.levelsMax);
  assert.ok(planOf(habit, { busy: 0, idle: 1000 }, 6000).idle <= KEEP_ALIVE.levelsMax);
});
