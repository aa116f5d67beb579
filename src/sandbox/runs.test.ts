// Which invocations of a sandbox have begun, who may be answered or recalled, and when one has taken too long.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { Runs } from './runs.ts';
import type { Run } from './runs.ts';

function setting(atOnce = 1) {
  const clock = new FakeClock();
  const overdue: string[] = [];
  const runs = new Runs({ clock, onOverdue: ({ nonce }) => overdue.push(nonce), onBegun: () => undefined });
  runs.atOnce = atOnce;
  const add = (nonce: string, timeoutMs = 1000): Run => {
    const run = {
      requestId: `id-${nonce}`,
      nonce,
      timeoutMs,
      settle: () => undefined,
      beganMs: undefined,
      isCalledBack: false,
      stream: undefined,
    };
    runs.add(run);
    return run;
  };
  return { clock, runs, overdue, add };
}

test('one runs, the others wait for its answer', () => {
  const { runs, add } = setting();
  const [one, two] = [add('1'), add('2')];
  assert.deepEqual([one.beganMs, two.beganMs], [0, undefined]);
  assert.equal(runs.answered('2', false), undefined, 'what has not begun has no answer');
  assert.equal(runs.answered('1', false), one);
  assert.equal(two.beganMs, 0);
  assert.equal(runs.answered('1', false), undefined, 'and nothing has two');
});

test('nothing begins after a last answer', () => {
  const { runs, add } = setting();
  add('1');
  const two = add('2');
  runs.answered('1', true);
  assert.equal(two.beganMs, undefined);
  assert.deepEqual(runs.takeAll(), [two]);
});

test('only what was called back and has not begun can be recalled', () => {
  const { runs, add } = setting();
  const [one, two] = [add('1'), add('2')];
  assert.equal(runs.callBack(one.requestId), undefined, 'it runs');
  assert.equal(runs.recalled('2'), undefined, 'nobody has called it back');
  assert.equal(runs.callBack(two.requestId), two);
  assert.equal(runs.callBack(two.requestId), undefined, 'once is enough');
  assert.equal(runs.recalled('1'), undefined);
  assert.equal(runs.recalled('2'), two);
  assert.equal(runs.count, 1);
});

test('a recall that comes too late is forgotten: the invocation has begun and is answered', () => {
  const { runs, add } = setting();
  add('1');
  const two = add('2');
  runs.callBack(two.requestId);
  runs.answered('1', false);
  assert.equal(runs.recalled('2'), undefined);
  assert.equal(runs.answered('2', false), two);
});

test('time is counted from the beginning of each, with one timer', async () => {
  const { clock, runs, overdue, add } = setting();
  add('1', 1000);
  add('2', 500);
  await clock.advance(900);
  runs.answered('1', false);
  assert.equal(clock.pendingTimers, 1);
  await clock.advance(499);
  assert.deepEqual(overdue, []);
  await clock.advance(1);
  assert.deepEqual(overdue, ['2']);
});

test('a timer that finds nothing due falls silent', async () => {
  const { clock, runs, overdue, add } = setting();
  add('1', 1000);
  runs.answered('1', false);
  await clock.advance(5000);
  assert.deepEqual(overdue, []);
  assert.equal(clock.pendingTimers, 0);
  add('2', 1000);
  runs.rest();
  assert.equal(clock.pendingTimers, 0);
});

test('several at once begin together, and any of them may be answered', async () => {
  const { clock, runs, overdue, add } = setting(2);
  const [, two, three] = [add('1', 1000), add('2', 300), add('3')];
  assert.deepEqual([two.beganMs, three.beganMs], [0, undefined]);
  await clock.advance(200);
  assert.equal(runs.answered('2', false), two);
  assert.equal(three.beganMs, 200);
  await clock.advance(800);
  assert.deepEqual(overdue, ['1']);
});
