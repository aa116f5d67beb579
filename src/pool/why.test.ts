// The reasons that a cold start is explained with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Departures, whyText } from './why.ts';

test('who finds all instances busy is told how many; who finds none, how the last one went', () => {
  const departures = new Departures();
  assert.deepEqual(departures.why('f:1', 0), { kind: 'first' });
  assert.deepEqual(departures.why('f:1', 3), { kind: 'busy', instances: 3 });
  departures.note('f:1', { kind: 'evicted' });
  departures.note('f:1', { kind: 'expired', idleMs: 600_000 });
  assert.deepEqual(departures.why('f:1', 0), { kind: 'expired', idleMs: 600_000 });
  assert.deepEqual(departures.why('f:2', 0), { kind: 'first' });
});

test('a bounded number of departures is remembered, the latest', () => {
  const departures = new Departures(2);
  departures.note('a', { kind: 'evicted' });
  departures.note('b', { kind: 'evicted' });
  departures.note('a', { kind: 'changed' });
  departures.note('c', { kind: 'evicted' });
  assert.deepEqual(
    ['a', 'b', 'c'].map((version) => departures.why(version, 0).kind),
    ['changed', 'first', 'evicted'],
  );
});

test('every reason is one word with what is known besides', () => {
  assert.equal(whyText({ kind: 'first' }, 'empty'), 'first; pool=empty');
  assert.equal(whyText({ kind: 'busy', instances: 3 }, undefined), 'busy; instances=3');
  assert.equal(whyText({ kind: 'expired', idleMs: 600_400 }, undefined), 'expired; idle=600s');
  assert.equal(whyText({ kind: 'died', how: 'outOfMemory' }, 'own-start'), 'died; how=outOfMemory; pool=own-start');
  assert.equal(whyText({ kind: 'changed' }, undefined), 'changed');
});
