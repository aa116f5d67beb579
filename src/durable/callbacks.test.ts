// Callbacks on a clock that is turned by hand: answered once, or timed out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, refused, statusOf, succeeded, update } from '../../test/support/durable-house.ts';

const { callback } = update;
test('callbacks are answered once, by whoever has their id', async (t) => {
  const house = durableHouse(t);
  const ids: string[] = [];
  house.durables.set('asking', async (run) => {
    const details = ['yes', 'no'].map((id) => run.operations.get(id)?.CallbackDetails);
    if (statusOf(run, 'yes') === 'SUCCEEDED' && statusOf(run, 'no') === 'FAILED')
      return succeeded([details[0]?.Result, details[1]?.Error?.ErrorMessage]);
    if (run.operations.size > 0) return PENDING;
    const begun = await run.checkpoint(callback('yes'), callback('no'));
    ids.push(...begun.map(({ CallbackDetails }) => CallbackDetails?.CallbackId ?? ''));
    return PENDING;
  });
  const arn = await house.start('asking', {});
  await settled();
  const [yes = '', no = ''] = ids;
  assert.match(yes, /^[A-Za-z0-9]{1,1024}$/);
  const { callbacks } = house.durable;
  const elsewhere = { ...house.scope, account: '111111111111' as typeof house.scope.account };
  await assert.rejects(callbacks.succeed(elsewhere, yes, Buffer.from('1')), refused('ResourceNotFoundException'));
  const guessed = `${yes.slice(0, -8)}${Buffer.from('aaaa').toString('hex')}`;
  await assert.rejects(callbacks.succeed(house.scope, guessed, Buffer.from('1')), refused('ResourceNotFoundException'));
  await assert.rejects(callbacks.succeed(house.scope, 'abc', Buffer.from('1')), refused('InvalidParameterValueException'));
  await callbacks.succeed(house.scope, yes, Buffer.from('"fine"'));
  await assert.rejects(callbacks.fail(house.scope, yes, {}), refused('CallbackTimeoutException'));
  await settled();
  await callbacks.fail(house.scope, no, { ErrorType: 'No', ErrorMessage: 'not fine' });
  await settled();
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', JSON.stringify(['"fine"', 'not fine'])]);
  await assert.rejects(callbacks.heartbeat(house.scope, no), refused('CallbackTimeoutException'));
});

test('a callback that nobody answers times out, and one whose heart beats does not', async (t) => {
  const house = durableHouse(t);
  let id = '';
  const ends: unknown[] = [];
  house.durables.set('asking', async (run) => {
    if (statusOf(run, 'late') === 'TIMED_OUT' && statusOf(run, 'silent') === 'TIMED_OUT') {
      ends.push(...['late', 'silent'].map((each) => run.operations.get(each)?.CallbackDetails?.Error?.ErrorType));
      return succeeded('done');
    }
    if (run.operations.size > 0) return PENDING;
    const [, silent] = await run.checkpoint(
      callback('late', { TimeoutSeconds: 60 }),
      callback('silent', { TimeoutSeconds: 600, HeartbeatTimeoutSeconds: 30 }),
    );
    id = silent?.CallbackDetails?.CallbackId ?? '';
    return PENDING;
  });
  const arn = await house.start('asking', {});
  for (let beat = 0; beat < 4; beat += 1) {
    await house.clock.advance(25_000);
    await house.durable.callbacks.heartbeat(house.scope, id);
  }
  await house.clock.advance(29_000);
  assert.deepEqual(ends, []);
  await house.clock.advance(1000);
  assert.deepEqual(ends, ['Callback.Timeout', 'Callback.Heartbeat']);
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
});
