// Instances that somebody pays for to be there: they are there, and stay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import type { FakeSandbox } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, used } from '../../test/support/pool-house.ts';

const QUIET = { prewarmedRuntimes: [], prewarmLeast: 0 } as const;
const KEY = 'hello/1';
const hello = invocable('hello');

async function provisioned(count: number, settings = {}, script = {}) {
  const h = house({ ...QUIET, ...settings }, script);
  h.pool.provision(hello, count);
  await h.clock.advance(500);
  return h;
}

test('they are really warm before they count, frozen, and charged in full', async () => {
  const h = house(QUIET, { init: () => ({ takesMs: 300 }) });
  h.pool.provision(hello, 3);
  assert.deepEqual(h.pool.provisionedState(KEY), { allocated: 3, available: 0, failure: undefined });
  await h.clock.advance(200);
  assert.equal(h.pool.provisionedState(KEY).available, 0, 'the handler is not loaded yet');
  await h.clock.advance(500);
  assert.deepEqual(h.pool.provisionedState(KEY), { allocated: 3, available: 3, failure: undefined });
  assert.ok(h.launcher.living.every(({ state }) => state === 'frozen'));
  assert.equal(h.pool.snapshot().chargedMiB, 3 * 128);
  const placement = await h.clock.until(h.pool.acquire(hello, 0));
  assert.equal(placement.kind === 'placed' && placement.start, 'warm');
});

test('more calls than that spill over to instances that go again', async () => {
  const h = await provisioned(2);
  const three = [await used(h, 'hello'), await used(h, 'hello'), await used(h, 'hello')];
  assert.deepEqual(
    three.map(({ purpose }) => purpose),
    ['provisioned', 'provisioned', 'on-demand'],
  );
  for (const instance of three) h.pool.release(instance, done);
  const next = placed(await h.clock.until(h.pool.acquire(hello, 0)));
  assert.equal(next.purpose, 'provisioned', 'although another was used last');
  h.pool.release(next, done);
  await h.clock.advance(24 * 3_600_000);
  assert.equal(h.pool.snapshot().idle, 2);
  assert.equal(h.pool.provisionedState(KEY).available, 2);
});

test('nobody else gets their memory', async () => {
  const h = await provisioned(2, { memoryMiB: 400 });
  const other = await used(h, 'other');
  const waiting = h.pool.acquire(invocable('third'), 0);
  await h.clock.advance(10_000);
  assert.equal(h.pool.provisionedState(KEY).available, 2);
  h.pool.release(other, done);
  assert.equal(placed(await h.clock.until(waiting)).tenancy.functionName, 'third');
});

test('they take the memory of what is idle', async () => {
  const h = house({ ...QUIET, memoryMiB: 300 });
  h.pool.release(await used(h, 'idle'), { ...done, peakBytes: 100 * 1_048_576 });
  h.pool.provision(hello, 2);
  await h.clock.advance(2000);
  assert.equal(h.pool.provisionedState(KEY).available, 2);
  assert.equal(h.pool.snapshot().idle, 2);
});

test('one that dies is replaced', async () => {
  const h = await provisioned(2);
  (h.launcher.living[0] as FakeSandbox).die();
  await settled();
  assert.equal(h.pool.provisionedState(KEY).available, 1);
  await h.clock.advance(1000);
  assert.equal(h.pool.provisionedState(KEY).available, 2);
  const broken = await used(h, 'hello');
  h.pool.release(broken, { reusable: false, died: 'crashed' });
  await h.clock.advance(1000);
  assert.equal(h.pool.provisionedState(KEY).available, 2);
});

test('fewer, and none: idle ones go at once, those at work when they are done', async () => {
  const h = await provisioned(3);
  const busy = await used(h, 'hello');
  h.pool.provision(hello, 2);
  await settled();
  assert.equal(h.launcher.living.length, 2);
  h.pool.provision(hello, 0);
  await settled();
  assert.deepEqual(h.launcher.living, [busy.sandbox]);
  h.pool.release(busy, done);
  await settled();
  assert.deepEqual(h.launcher.living, []);
  await h.clock.advance(20 * 60_000);
  assert.equal(h.clock.pendingTimers, 0);
  assert.equal(h.pool.snapshot().chargedMiB, 0);
});

test('a handler that does not load is told, tried less and less often, and there when it does', async () => {
  let broken = true;
  const h = house(QUIET, {
    init: () => (broken ? { outcome: { kind: 'crashed', exitCode: 1, signal: undefined, detail: '' } } : undefined),
  });
  h.pool.provision(hello, 1);
  await h.clock.advance(60_000);
  assert.deepEqual(h.pool.provisionedState(KEY), { allocated: 0, available: 0, failure: 'crashed' });
  assert.ok(h.launcher.sandboxes.length < 15, `${h.launcher.sandboxes.length} tries`);
  broken = false;
  await h.clock.advance(31_000);
  assert.deepEqual(h.pool.provisionedState(KEY), { allocated: 1, available: 1, failure: undefined });
});

test('more than the machine holds is refused in words, and what fits is there', async () => {
  const h = await provisioned(5, { memoryMiB: 400 });
  const { available, failure } = h.pool.provisionedState(KEY);
  assert.equal(available, 3);
  assert.match(failure ?? '', /room for 3 instances/);
});

test('a launch that fails gives its memory back', async () => {
  const h = await provisioned(1, {}, { launch: () => ({ takesMs: 1, fails: new Error('no process') }) });
  assert.equal(h.pool.provisionedState(KEY).failure, 'No instance could be started.');
  h.pool.provision(hello, 0);
  await h.clock.advance(60_000);
  assert.equal(h.pool.snapshot().chargedMiB, 0);
  assert.equal(h.clock.pendingTimers, 0);
});

test('a version that is retired has none, and closing leaves nothing', async () => {
  const h = await provisioned(2);
  await h.clock.until(h.pool.retire(KEY));
  await h.clock.advance(60_000);
  assert.deepEqual(h.launcher.living, []);
  const other = await provisioned(2, {}, { init: () => ({ takesMs: 1e6 }) });
  await other.clock.until(other.pool.close(0));
  assert.deepEqual(other.launcher.living, []);
  assert.equal(other.pool.snapshot().chargedMiB, 0);
});

test('calls that have provisioned concurrency take none of the account', async () => {
  const h = house(QUIET, {}, 1);
  const own = { provisionedConcurrency: 2 };
  const [one, two] = [await used(h, 'hello', own), await used(h, 'hello', own)];
  const three = await used(h, 'hello', own);
  assert.deepEqual(await h.pool.acquire(invocable('other'), 0), { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
  for (const instance of [one, two, three]) h.pool.release(instance, done);
  assert.equal(h.pool.snapshot().inFlight, 0);
  await used(h, 'other');
});

test('what is provisioned for one alias is not used up by calls of another', async () => {
  const h = house(QUIET, {}, 0);
  const blue = { provisionedConcurrency: 1, invokedArn: `${hello.invokedArn}:blue` };
  const green = { provisionedConcurrency: 1, invokedArn: `${hello.invokedArn}:green` };
  const both = [await used(h, 'hello', blue), await used(h, 'hello', green)];
  assert.equal((await h.pool.acquire(invocable('hello', blue), 0)).kind, 'throttled');
  for (const instance of both) h.pool.release(instance, done);
  await used(h, 'hello', blue);
});
