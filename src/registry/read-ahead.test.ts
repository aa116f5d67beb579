// What changed is read once when its changes have come to rest, and a flood is not followed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from '#kernel';
import type { AccountId, FunctionName, Region } from '#kernel';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { createReadAhead } from './read-ahead.ts';

const scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };

function house(fail?: Error) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const read: string[] = [];
  const changed = createReadAhead({
    clock,
    log,
    read: (_scope, name) => {
      read.push(name);
      return fail === undefined ? Promise.resolve() : Promise.reject(fail);
    },
  });
  return { clock, log, read, changed: (name: string) => changed(scope, name as FunctionName) };
}

test('several changes of a function are one reading, after them', async () => {
  const h = house();
  for (const name of ['one', 'two', 'one', 'one']) h.changed(name);
  assert.deepEqual(h.read, []);
  await h.clock.advance(20);
  assert.deepEqual(h.read, ['one', 'two']);
  h.changed('one');
  await h.clock.advance(20);
  assert.deepEqual(h.read, ['one', 'two', 'one']);
});

test('of a flood of changes the first of each second are followed', async () => {
  const h = house();
  for (let index = 0; index < 10_000; index += 1) h.changed(`f${index}`);
  await h.clock.advance(20);
  assert.equal(h.read.length, 50);
  await h.clock.advance(1000);
  h.changed('later');
  await h.clock.advance(20);
  assert.equal(h.read.length, 51);
});

test('a function that is not ready is nothing to tell of, a failing store is', async () => {
  const pending = house(new ApiError('ResourceConflictException', 'Pending'));
  pending.changed('one');
  await pending.clock.advance(20);
  assert.equal(pending.log.named('a function could not be read ahead').length, 0);
  const failing = house(new Error('disk'));
  failing.changed('one');
  await failing.clock.advance(20);
  assert.equal(failing.log.named('a function could not be read ahead').length, 1);
});
