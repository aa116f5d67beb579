// What the pool says of a start that was not warm, as the room above hears it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, used } from '../../test/support/pool-house.ts';
import type { Release } from './contract.ts';

type House = ReturnType<typeof house>;

/** How an invocation that comes now is started, and why; its instance is given back. */
async function startOf(h: House, name: string, overrides = {}) {
  const placement = await h.clock.until(h.pool.acquire(invocable(name, overrides), 0));
  const instance = placed(placement);
  h.pool.release(instance, done);
  assert(placement.kind === 'placed');
  return [placement.start, placement.why];
}

async function ended(h: House, release: Release): Promise<void> {
  const instance = await used(h, 'hello');
  h.pool.release(instance, release);
  await settled();
}

test('the first of all, from the shelf or with nothing on it', async () => {
  const warm = house();
  warm.pool.start();
  await warm.clock.advance(100);
  assert.deepEqual(await startOf(warm, 'hello'), ['prewarmed', 'first']);
  const bare = house({ prewarmedRuntimes: [], prewarmLeast: 0 });
  assert.deepEqual(await startOf(bare, 'hello'), ['cold', 'first; pool=empty']);
  assert.deepEqual(await startOf(bare, 'hello'), ['warm', undefined]);
});

test('all instances have an invocation', async () => {
  const h = house({ prewarmLeast: 0, prewarmedRuntimes: [] });
  await used(h, 'hello');
  await used(h, 'hello');
  assert.deepEqual(await startOf(h, 'hello'), ['cold', 'busy; instances=2; pool=empty']);
});

test('the last one expired, or died in its invocation', async () => {
  const h = house({ prewarmLeast: 0, prewarmedRuntimes: [] });
  await ended(h, done);
  await h.clock.advance(11 * 60_000);
  assert.deepEqual(await startOf(h, 'hello'), ['cold', 'expired; idle=601s; pool=empty'], 'reviews are due at whole seconds');
  await ended(h, { reusable: false, died: 'outOfMemory' });
  assert.deepEqual(await startOf(h, 'hello'), ['cold', 'died; how=outOfMemory; pool=empty']);
});

test('code or settings changed: another instance key of the same version', async () => {
  const h = house({ prewarmLeast: 0, prewarmedRuntimes: [] });
  await ended(h, done);
  await h.pool.retire('hello/1');
  assert.deepEqual(await startOf(h, 'hello', { instanceKey: 'hello/2' }), ['cold', 'changed; pool=empty']);
});

test('an instance that was busy while its version changed leaves with the same reason', async () => {
  const h = house({ prewarmLeast: 0, prewarmedRuntimes: [] });
  const instance = await used(h, 'hello');
  const retired = h.pool.retire('hello/1');
  h.pool.release(instance, done);
  await retired;
  assert.deepEqual(await startOf(h, 'hello', { instanceKey: 'hello/2' }), ['cold', 'changed; pool=empty']);
});

test('its memory was needed for another', async () => {
  const h = house({ memoryMiB: 160, prewarmedRuntimes: [], prewarmLeast: 0 });
  await ended(h, done);
  const other = await used(h, 'other');
  h.pool.release(other, { ...done, reusable: false, died: 'crashed' });
  await settled();
  assert.deepEqual(await startOf(h, 'hello'), ['cold', 'evicted; pool=empty']);
});

test('a start of its own is never on the shelf', async () => {
  const h = house();
  h.pool.start();
  await h.clock.advance(100);
  const environment = { NODE_OPTIONS: '--enable-source-maps' };
  assert.deepEqual(await startOf(h, 'hello', { environment }), ['cold', 'first; pool=own-start']);
});

test('of the wait, what the launch took is told apart', async () => {
  const h = house({ prewarmedRuntimes: [], prewarmLeast: 0 }, { launch: () => ({ takesMs: 40 }) });
  const placement = await h.clock.until(h.pool.acquire(invocable('hello'), 0));
  assert(placement.kind === 'placed');
  assert.deepEqual([placement.waitedMs, placement.placeMs], [40, 40]);
});
