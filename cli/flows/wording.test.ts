// Words for times and troubles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, troubleText } from './wording.ts';

test('times are as long as they need to be', () => {
  const told = [0, 999, 1000, 9949, 59_000, 60_000, 250_000, 3_600_000, 11_100_000, 187_200_000].map(duration);
  assert.deepEqual(told, ['0 ms', '999 ms', '1.0 s', '9.9 s', '59 s', '1 min', '4 min 10 s', '1 h', '3 h 5 min', '2 d 4 h']);
});

test('of what a function threw, its message is told', () => {
  assert.equal(
    troubleText('TypeError', '{"errorType":"TypeError","errorMessage":"no\\ncard","trace":["at x"]}'),
    'TypeError: no card',
  );
  assert.equal(troubleText('A', '{"other":1}'), 'A: {"other":1}');
  assert.equal(troubleText('A', '{ no document'), 'A: { no document');
  assert.equal(troubleText(undefined, ''), '');
});
