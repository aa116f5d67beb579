// What the pool does with short functions whose sandboxes take invocations ahead.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import type { FakeSandbox } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, used } from '../../test/support/pool-house.ts';
import { DISPATCH } from './dispatch.ts';
import { SCALE } from './scale.ts';

const SHORT = { ...done, runMs: 0.02 };

/** A short function with one warm instance that has run often enough to be known as short. */
async function shortFunction(settings: Parameters<typeof house>[0] = {}, overrides = {}) {
  const h = house(settings, { ahead: 8 });
  const instance = await used(h, 'quick', overrides);
  h.pool.release(instance, SHORT);
  let last = 0;
  const acquire = (more: { readonly isAlone?: boolean } = {}) => {
    last += 1;
    return h.pool.acquire(invocable('quick', overrides), 0, { requestId: `r${last}`, ...more });
  };
  return { ...h, instance, acquire };
}

test('invocations of a short function go to one instance, nine of them, and the rest wait for it', async () => {
  const { pool, instance, acquire } = await shortFunction();
  for (let index = 0; index < 9; index += 1) assert.equal(placed(await acquire()), instance);
  const tenth = acquire();
  assert.deepEqual([pool.snapshot().busy, pool.snapshot().held, pool.snapshot().waiting, pool.snapshot().inFlight], [1, 9, 1, 10]);
  pool.release(instance, { ...SHORT, requestId: 'r1' });
  assert.equal(placed(await tenth), instance);
});

test('whoever cannot be taken back, or wants to be alone, is never sent ahead, and nobody behind him', async () => {
  const { pool, clock, instance, acquire } = await shortFunction();
  assert.equal(placed(await acquire({ isAlone: true })), instance);
  const behind = acquire();
  assert.equal(pool.snapshot().held, 1);
  pool.release(instance, { ...SHORT, requestId: 'r1' });
  assert.equal(placed(await behind), instance);
  const nameless = pool.acquire(invocable('quick'), 0);
  assert.notEqual(
    placed(await clock.until(nameless)),
    instance,
    'it has an instance launched for itself when it has waited for as long as that takes',
  );
});

test('a large event does not wait in the memory of the function, nor does it hold up the others for ever', async () => {
  const { pool, instance, acquire } = await shortFunction();
  assert.equal(placed(await acquire()), instance);
  const large = pool.acquire(invocable('quick'), DISPATCH.aheadBytesMax + 1, { requestId: 'large' });
  const next = acquire();
  assert.deepEqual([pool.snapshot().held, pool.snapshot().waiting], [1, 2]);
  pool.release(instance, { ...SHORT, requestId: 'r1' });
  assert.deepEqual([placed(await large), placed(await next)], [instance, instance], 'a small one may wait behind it');
});

test('concurrency counts every invocation, wherever it waits', async () => {
  const { acquire, pool, instance } = await shortFunction({}, { reservedConcurrency: 3 });
  for (let index = 0; index < 3; index += 1) assert.equal(placed(await acquire()), instance);
  assert.deepEqual(await acquire(), { kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  pool.release(instance, { ...SHORT, requestId: 'r2' });
  assert.equal((await acquire()).kind, 'placed');
});

test('behind a run that does not end invocations are taken back, and keep their turn', async () => {
  const { pool, clock, instance, acquire, launcher } = await shortFunction();
  const recalled: string[] = [];
  const sandbox = instance.sandbox as FakeSandbox;
  sandbox.recall = (requestId) => recalled.push(requestId);
  for (let index = 0; index < 3; index += 1) await acquire();
  await clock.advance(Math.max(SCALE.assumedStartMs, DISPATCH.stalledAfterMs) - 1);
  assert.deepEqual(recalled, [], 'a start would not have been quicker');
  await clock.advance(1);
  assert.deepEqual(recalled, ['r2', 'r3']);
  const launched = launcher.sandboxes.length;
  const again = ['r2', 'r3'].map(async (requestId) => pool.placeAgain(instance, requestId));
  assert.equal(pool.snapshot().inFlight, 3, 'they are still in flight');
  const others = (await clock.until(Promise.all(again))).map(placed);
  assert.ok(others.every((other) => other !== instance) && others[0] !== others[1]);
  assert.ok(launcher.sandboxes.length >= launched);
  pool.release(instance, { ...SHORT, requestId: 'r1' });
  await settled();
  assert.equal(pool.snapshot().idle, 1, 'the one that took long is kept');
});

test('when a sandbox dies, those that it had ahead are placed elsewhere, and it gets no more', async () => {
  const { pool, clock, instance, acquire } = await shortFunction();
  for (let index = 0; index < 3; index += 1) await acquire();
  (instance.sandbox as FakeSandbox).die();
  pool.release(instance, { reusable: false, requestId: 'r1' });
  const again = ['r2', 'r3'].map(async (requestId) => pool.placeAgain(instance, requestId));
  for (const placement of await clock.until(Promise.all(again))) assert.notEqual(placed(placement), instance);
  assert.equal(pool.snapshot().inFlight, 2);
});

test('closing answers those that are taken back', async () => {
  const { pool, clock, instance, acquire } = await shortFunction();
  for (let index = 0; index < 2; index += 1) await acquire();
  const closed = pool.close(1000);
  pool.release(instance, { ...SHORT, requestId: 'r1' });
  assert.deepEqual(pool.placeAgain(instance, 'r2'), { kind: 'closed' });
  await clock.until(closed);
  assert.equal(pool.snapshot().inFlight, 0);
});

test('a function that takes several at once fills its instance, however long it runs', async () => {
  const h = house();
  const overrides = { instanceConcurrency: 3 };
  const instance = await used(h, 'many', overrides);
  const sandbox = instance.sandbox as FakeSandbox;
  assert(sandbox.specialisation !== undefined);
  sandbox.specialisation = { ...sandbox.specialisation, concurrency: 3 };
  h.pool.release(instance, { ...done, runMs: 900 });
  const acquire = (requestId: string) => h.pool.acquire(invocable('many', overrides), 0, { requestId });
  for (const id of ['a', 'b', 'c']) assert.equal(placed(await acquire(id)), instance);
  const other = placed(await h.clock.until(acquire('d')));
  assert.notEqual(other, instance);
});
