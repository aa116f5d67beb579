// Who may hold how much, and who is woken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from './allowance.ts';

test('whoever holds something waits when all is given out, whoever holds nothing when twice as much is', () => {
  const allowance = new Allowance(100);
  const woken: string[] = [];
  const wake = (name: string) => () => void woken.push(name);
  assert.equal(allowance.admits(0, wake('greedy')), true);
  allowance.hold(100);
  assert.equal(allowance.admits(100, wake('greedy')), false);
  assert.equal(allowance.admits(0, wake('modest')), true);
  allowance.hold(100);
  assert.equal(allowance.isSpent, true);
  assert.equal(allowance.admits(0, wake('late')), false);
  assert.equal(allowance.admits(0, wake('later')), false);
  allowance.release(50);
  assert.deepEqual(woken, ['late', 'later'], 'all of them: one who finds nothing to take would wake nobody');
  allowance.release(60);
  assert.deepEqual(woken, ['late', 'later', 'greedy']);
  allowance.release(90);
  assert.equal(woken.length, 3, 'each once');
});

test('who is forgotten is not woken', () => {
  const allowance = new Allowance(1);
  allowance.hold(2);
  const wake = () => assert.fail();
  assert.deepEqual([allowance.admits(1, wake), allowance.admits(0, wake)], [false, false]);
  allowance.forget(wake);
  allowance.release(2);
});
