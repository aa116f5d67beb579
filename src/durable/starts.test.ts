// How executions are begun, and who is told of their end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, refused, statusOf, succeeded, update } from '../../test/support/durable-house.ts';

const { wait } = update;
test('a start with the same name is the same start, and with another payload it is refused', async (t) => {
  const house = durableHouse(t);
  house.durables.set('once', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(run.input);
    await run.checkpoint(wait('w', 60));
    return PENDING;
  });
  const first = house.call('once', { order: 1 }, { name: 'order-1' });
  await settled();
  const again = house.call('once', { order: 1 }, { name: 'order-1' });
  const taken = refused('DurableExecutionAlreadyStartedException');
  await assert.rejects(house.call('once', { order: 2 }, { name: 'order-1' }), taken);
  const answers = [
    await house.clock.until(first),
    await house.clock.until(again),
    await house.call('once', { order: 1 }, { name: 'order-1' }),
  ];
  assert.equal(new Set(answers.map(({ arn }) => arn)).size, 1);
  const texts = answers.map(({ result }) => result.kind === 'answered' && Buffer.from(result.answer.payload).toString());
  assert.deepEqual(texts, Array(3).fill('{"order":1}'));
  assert.equal(house.calls.length, 2);
  await assert.rejects(house.start('once', { order: 2 }, { name: 'order-1' }), taken);
});

test('what has ended is remembered as long as its function says, and its name is free again then', async (t) => {
  const house = durableHouse(t);
  house.settings.set('brief', { durable: { executionTimeoutSeconds: 60, retentionDays: 2 } });
  house.durables.set('brief', async (run) => succeeded(run.input));
  const { arn } = await house.clock.until(house.call('brief', 1, { name: 'order-1' }));
  await house.clock.advance(2 * 86_400_000 - 1);
  assert.equal(await house.store.journals.expireSome(house.clock.now(), 10), 0);
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
  await house.clock.advance(1);
  assert.equal(await house.store.journals.expireSome(house.clock.now(), 10), 1);
  await assert.rejects(house.describe(arn), refused('ResourceNotFoundException'));
  const again = await house.clock.until(house.call('brief', 2, { name: 'order-1' }));
  assert.notEqual(again.arn, arn);
  await assert.rejects(house.describe(arn), refused('ResourceNotFoundException'), 'the new one is not the old one');
});

test('who calls and waits is answered in fifteen minutes at the latest', async (t) => {
  const house = durableHouse(t);
  house.durables.set('long', async (run) => {
    if (run.operations.size === 0) await run.checkpoint(wait('w', 3600));
    return statusOf(run, 'w') === 'SUCCEEDED' ? succeeded('late') : PENDING;
  });
  const { arn, result } = await house.clock.until(house.call('long', 1));
  assert.equal(result.kind === 'answered' && result.answer.functionError, 'Unhandled');
  assert.equal((await house.describe(arn)).status, 'TIMED_OUT', 'nobody would ever hear of it');
  const started = await house.start('long', 2, { name: 'begun' });
  const joined = await house.clock.until(house.call('long', 2, { name: 'begun' }));
  assert.match(
    joined.result.kind === 'answered' ? Buffer.from(joined.result.answer.payload).toString() : '',
    /still running after 900/,
  );
  await house.clock.advance(3_600_000);
  assert.equal((await house.describe(started)).result, '"late"', 'whoever had begun it may have it');
});

test('an event that came to nothing goes to the dead-letter queue of its function, in the step that ends it', async (t) => {
  const house = durableHouse(t);
  const deadLetter = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:dead' } as const;
  house.settings.set('broken', { eventInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 60, deadLetter } });
  house.durables.set('broken', async () => ({ Status: 'FAILED', Error: { ErrorType: 'No', ErrorMessage: 'never' } }));
  await house.start('broken', { order: 7 });
  await settled();
  const claimed = await house.store.deliveries.claimDue({
    lane: 'outbox',
    nowMs: house.clock.now(),
    leaseMs: 1000,
    limit: 10,
    exceptTargets: [],
  });
  assert.deepEqual(
    claimed.map(({ target, payload }) => [target, Buffer.from(payload).toString()]),
    [[deadLetter.arn, '{"order":7}']],
  );
  await house.clock.until(house.call('broken', { order: 8 }));
  assert.equal(await house.store.deliveries.nextDueAtMs('outbox'), house.clock.now() + 1000, 'a caller knows it already');
});
