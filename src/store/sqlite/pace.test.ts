// Groups are as large as the disk is slow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace, smoothed } from './pace.ts';

test('a group takes as many calls as a sync takes time for, within bounds', () => {
  const pace = new Pace();
  pace.worked(100, 1000);
  assert.equal(pace.groupCalls(400), 40);
  assert.equal(pace.groupCalls(1), 16);
  assert.equal(pace.groupCalls(1_000_000), 1024);
});

test('while nobody knows how long a sync or a call takes, a group takes all that is there', () => {
  const pace = new Pace();
  assert.equal(pace.groupCalls(400), 1024);
  pace.worked(100, 1000);
  assert.equal(pace.groupCalls(0), 1024);
});

test('one slow group moves the pace a little, and many move it all the way', () => {
  const pace = new Pace();
  pace.worked(1, 10);
  pace.worked(1, 90);
  assert.equal(pace.groupCalls(1000), 50);
  for (let group = 0; group < 100; group += 1) pace.worked(1, 50);
  assert.equal(pace.groupCalls(1000), 20);
  assert.equal(smoothed(0, 90), 90);
});
