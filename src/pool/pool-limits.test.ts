// The pool at its limits: memory, concurrency, the queue, and time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeSandbox } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, used } from '../../test/support/pool-house.ts';
import { SCALE } from './scale.ts';

test('an idle instance of a function that nobody knows lives ten minutes', async () => {
  const h = house({ prewarmedRuntimes: [], prewarmLeast: 0 });
  h.pool.release(await used(h, 'hello'), done);
  await h.clock.advance(9.5 * 60_000);
  assert.equal(h.pool.snapshot().idle, 1);
  await h.clock.advance(60_000);
  assert.deepEqual(
    { ...h.pool.snapshot() },
    { inFlight: 0, waiting: 0, held: 0, busy: 0, idle: 0, parked: 0, launching: 0, sandboxes: 0, chargedMiB: 0 },
  );
  assert.equal(h.clock.pendingTimers, 0, 'scaled to zero, not even a timer is left');
});

test('when memory is short, the instance that was idle for longest makes room', async () => {
  const h = house({ memoryMiB: 320, prewarmedRuntimes: [], prewarmLeast: 0 });
  const [old, recent] = [await used(h, 'old'), await used(h, 'recent')];
  h.pool.release(old, { ...done, peakBytes: 100 * 1_048_576 });
  await h.clock.advance(10);
  h.pool.release(recent, { ...done, peakBytes: 100 * 1_048_576 });
  await used(h, 'third');
  assert.equal((old.sandbox as FakeSandbox).state, 'gone');
  assert.notEqual((recent.sandbox as FakeSandbox).state, 'gone');
  assert.ok(h.pool.snapshot().chargedMiB <= 320);
});

test('when everything is busy an invocation waits for memory, and gets it before those who came later', async () => {
  const h = house({ memoryMiB: 160, prewarmedRuntimes: [], prewarmLeast: 0 });
  const greedy = await used(h, 'greedy');
  h.pool.release(greedy, { ...done, runMs: 0.1 });
  const running = await used(h, 'greedy');
  const patient = h.pool.acquire(invocable('patient'), 0);
  await h.clock.advance(SCALE.starvedAfterMs);
  const later = h.pool.acquire(invocable('greedy'), 0);
  h.pool.release(running, { ...done, runMs: 0.1 });
  const instance = placed(await h.clock.until(patient));
  assert.equal(instance.tenancy.functionName, 'patient');
  h.pool.release(instance, done);
  assert.equal(placed(await h.clock.until(later)).tenancy.functionName, 'greedy');
});

test('a function that is larger than the machine runs alone', async () => {
  const h = house({ memoryMiB: 512 });
  h.pool.start();
  await h.clock.advance(200);
  const giant = await used(h, 'giant', { memoryMiB: 10_240 });
  assert.equal(h.pool.snapshot().chargedMiB, 512);
  const other = h.pool.acquire(invocable('other'), 0);
  await h.clock.advance(1000);
  h.pool.release(giant, done);
  assert.equal(placed(await h.clock.until(other)).tenancy.functionName, 'other');
});

test('who waits too long is told so, and is no longer counted', async () => {
  const h = house({ memoryMiB: 150 });
  await used(h, 'busy');
  const waiting = h.pool.acquire(invocable('other'), 0);
  assert.deepEqual(await h.clock.until(waiting), { kind: 'throttled', reason: 'FunctionInvocationRateLimitExceeded' });
  assert.equal(h.pool.snapshot().inFlight, 1);
  assert.equal(h.pool.snapshot().waiting, 0);
});

test('the queue holds so many bytes and no more', async () => {
  const h = house({ memoryMiB: 150 });
  await used(h, 'busy');
  const sixMiB = 6 * 1_048_576;
  for (let index = 0; index < 42; index += 1) void h.pool.acquire(invocable('other'), sixMiB);
  assert.equal(h.pool.snapshot().waiting, 42);
  assert.deepEqual(await h.pool.acquire(invocable('other'), sixMiB), {
    kind: 'throttled',
    reason: 'FunctionInvocationRateLimitExceeded',
  });
  assert.equal(h.pool.snapshot().inFlight, 43);
});

test('concurrency is counted from admission to release, reserved apart from the rest', async () => {
  const h = house({}, {}, 1);
  const reserved = { reservedConcurrency: 1 };
  const instance = await used(h, 'mine', reserved);
  const other = await used(h, 'other');
  assert.deepEqual(await h.pool.acquire(invocable('mine', reserved), 0), {
    kind: 'throttled',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
  assert.deepEqual(await h.pool.acquire(invocable('third'), 0), { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
  h.pool.release(instance, done);
  h.pool.release(other, done);
  assert.equal((await h.pool.acquire(invocable('mine', reserved), 0)).kind, 'placed');
  assert.deepEqual(await h.pool.acquire(invocable('off', { reservedConcurrency: 0 }), 0), {
    kind: 'throttled',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
});

test('all versions of a function share its reservation', async () => {
  const h = house();
  await used(h, 'mine', { reservedConcurrency: 1 });
  const arn = invocable('mine').versionArn.replace('$LATEST', '7');
  const placement = await h.pool.acquire(invocable('mine', { reservedConcurrency: 1, versionArn: arn, instanceKey: 'mine/7' }), 0);
  assert.equal(placement.kind, 'throttled');
});
