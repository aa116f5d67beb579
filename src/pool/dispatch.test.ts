// Behind whom an invocation is sent, told as the stories of a short function, a long one, and one that takes several at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, DISPATCH, stalledFromMs } from './dispatch.ts';
import type { DispatchState } from './dispatch.ts';

const lane = (held: number, more: { readonly capacity?: number; readonly progressMs?: number } = {}) => ({
  held: { length: held },
  capacity: 9,
  progressMs: 100,
  ...more,
});
type Lane = ReturnType<typeof lane>;

const SHORT: DispatchState<Lane> = { meanRunMs: 0.03, atOnce: 1, lanes: [], waiting: 0, hasIdle: true, cores: 2 };

test('a short function is sent its invocations ahead, to one process, though others are idle', () => {
  const busy = lane(1);
  assert.deepEqual(choose({ ...SHORT, lanes: [busy] }, 100), { kind: 'join', lane: busy });
});

test('when it is full they wait for it: others are woken only when the wait is worth it', () => {
  assert.deepEqual(choose({ ...SHORT, lanes: [lane(9)], waiting: 20 }, 100), { kind: 'wait' });
  assert.deepEqual(choose({ ...SHORT, lanes: [lane(9)], waiting: 200 }, 100), { kind: 'idle' });
});

test('never more processes than can run side by side, and the emptier one is next', () => {
  const [fuller, emptier] = [lane(9), lane(8)];
  assert.deepEqual(choose({ ...SHORT, lanes: [fuller, emptier], waiting: 500 }, 100), { kind: 'join', lane: emptier });
  assert.deepEqual(choose({ ...SHORT, lanes: [lane(9), lane(9)], waiting: 500 }, 100), { kind: 'wait' });
});

test('nobody is sent behind a function that runs longer, or whose time is not known yet', () => {
  for (const meanRunMs of [undefined, DISPATCH.shortMs + 0.01]) {
    assert.deepEqual(choose({ ...SHORT, meanRunMs, lanes: [lane(1)] }, 100), { kind: 'idle' });
    assert.deepEqual(choose({ ...SHORT, meanRunMs, lanes: [lane(1)], hasIdle: false }, 100), { kind: 'wait' });
  }
});

test('nobody is sent behind a run that does not end, nor where nobody can be sent', () => {
  const stuck = lane(1, { progressMs: 100 - DISPATCH.stalledAfterMs });
  assert.deepEqual(choose({ ...SHORT, lanes: [stuck] }, 100), { kind: 'idle' });
  assert.deepEqual(choose({ ...SHORT, lanes: [stuck], hasIdle: false }, 100), { kind: 'wait' }, 'for a start of its own');
  for (const capacity of [0, 1]) assert.deepEqual(choose({ ...SHORT, lanes: [lane(1, { capacity })] }, 100), { kind: 'idle' });
});

test('several at once fill one instance after another, however long they run', () => {
  const [first, second] = [lane(2, { capacity: 4 }), lane(3, { capacity: 4, progressMs: 0 })];
  const state = { ...SHORT, atOnce: 4, meanRunMs: 500, lanes: [first, second] };
  assert.deepEqual(choose(state, 100), { kind: 'join', lane: second });
  assert.deepEqual(choose({ ...state, lanes: [lane(4, { capacity: 4 })] }, 100), { kind: 'idle' });
});

test('those behind a run that does not end are taken back when another instance would have served them', () => {
  assert.equal(stalledFromMs({ progressMs: 100, hasIdle: true, startMs: 30 }), 100 + DISPATCH.stalledAfterMs);
  assert.equal(stalledFromMs({ progressMs: 100, hasIdle: false, startMs: 30 }), 130);
});
