// What the pool hands out, to whom and in which order, with sandboxes that follow a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import type { FakeSandbox } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, used } from '../../test/support/pool-house.ts';
import { SCALE } from './scale.ts';

test('sandboxes wait before the first invocation, and what was taken is replaced afterwards', async () => {
  const h = house();
  h.pool.start();
  await h.clock.advance(100);
  assert.equal(h.pool.snapshot().parked, 2);
  const placement = await h.pool.acquire(invocable('hello'), 0);
  assert.equal(placement.kind === 'placed' && placement.start, 'prewarmed');
  assert.equal(placement.kind === 'placed' && placement.instance.fresh, true);
  await h.clock.advance(200);
  assert.equal(h.pool.snapshot().parked, 3, 'one more than before: somebody has just needed one');
  await h.clock.advance(SCALE.demandWindowMs);
  assert.equal(h.pool.snapshot().parked, 2, 'and back to the least when it is quiet');
});

test('who takes a waiting sandbox has the machine for a moment, and a stream of takes does not put its replacement off', async () => {
  const h = house({ prewarmLeast: 3 });
  h.pool.start();
  await h.clock.advance(200);
  const launched = h.launcher.sandboxes.length;
  await h.pool.acquire(invocable('one'), 0);
  await h.clock.advance(SCALE.refillDelayMs - 1);
  await h.pool.acquire(invocable('two'), 0);
  assert.equal(h.launcher.sandboxes.length + h.launcher.launching, launched, 'nothing is launched yet');
  await h.clock.advance(1);
  assert.equal(h.launcher.launching, 1);
});

test('refilling goes one at a time', async () => {
  const h = house({ prewarmLeast: 4 });
  h.pool.start();
  assert.equal(h.launcher.launching, 1);
  await h.clock.advance(30);
  assert.equal(h.launcher.launching, 1);
  assert.equal(h.pool.snapshot().parked, 1);
});

test('without a waiting sandbox one is launched, and that is a cold start', async () => {
  const h = house({ prewarmedRuntimes: [] });
  const placement = await h.clock.until(h.pool.acquire(invocable('hello'), 0));
  assert.equal(placement.kind === 'placed' && placement.start, 'cold');
  assert.equal(placement.kind === 'placed' && placement.waitedMs, 30);
});

test('the instance that was used last is used next', async () => {
  const h = house();
  const [first, second] = [await used(h, 'hello'), await used(h, 'hello')];
  h.pool.release(first, done);
  h.pool.release(second, done);
  assert.equal(placed(await h.pool.acquire(invocable('hello'), 0)), second);
  assert.equal(placed(await h.pool.acquire(invocable('hello'), 0)), first);
});

test('an idle instance is frozen after a moment, and thawed before it is used again', async () => {
  const h = house();
  const instance = await used(h, 'hello');
  const sandbox = instance.sandbox as FakeSandbox;
  h.pool.release(instance, done);
  assert.equal(sandbox.state, 'ready');
  await h.clock.advance(SCALE.freezeAfterMs);
  assert.equal(sandbox.state, 'frozen');
  const again = placed(await h.pool.acquire(invocable('hello'), 0));
  assert.equal(again, instance);
  assert.equal(sandbox.state, 'ready');
});

test('an instance that is used back to back is never frozen in between', async () => {
  const h = house();
  const instance = await used(h, 'hello');
  for (let turn = 0; turn < 20; turn += 1) {
    h.pool.release(instance, done);
    await h.clock.advance(SCALE.freezeAfterMs - 1);
    assert.equal(placed(await h.pool.acquire(invocable('hello'), 0)), instance);
  }
  assert.equal((instance.sandbox as FakeSandbox).freezes, 0);
});

test('a waiting invocation takes the instance that is released, before any other is started', async () => {
  const h = house();
  const instance = await used(h, 'quick');
  h.pool.release(instance, { ...done, runMs: 0.2 });
  assert.equal(placed(await h.pool.acquire(invocable('quick'), 0)), instance);
  const next = h.pool.acquire(invocable('quick'), 0);
  const launched = h.launcher.sandboxes.length;
  h.pool.release(instance, { ...done, runMs: 0.2 });
  const placement = await next;
  assert.equal(placed(placement), instance);
  assert.equal(placement.kind === 'placed' && placement.start, 'warm');
  assert.equal(h.launcher.sandboxes.length, launched);
});

test('an invocation that has waited for as long as a start takes gets an instance of its own', async () => {
  const h = house();
  const instance = await used(h, 'quick');
  h.pool.release(instance, { ...done, runMs: 0.2 });
  assert.equal(placed(await h.pool.acquire(invocable('quick'), 0)), instance);
  const other = placed(await h.clock.until(h.pool.acquire(invocable('quick'), 0)));
  assert.notEqual(other, instance);
});

test('a hundred different functions at once are all placed, never more launches at once than the machine has', async () => {
  const h = house({ memoryMiB: 100 * 128, sandboxes: 100 });
  let most = 0;
  h.launcher.script = { launch: () => ((most = Math.max(most, h.launcher.launching)), undefined) };
  const all = Array.from({ length: 100 }, async (_, index) => h.pool.acquire(invocable(`f${index}`), 0));
  const placements = await h.clock.until(Promise.all(all));
  assert.ok(placements.every(({ kind }) => kind === 'placed'));
  assert.equal(most, 4);
});

test('an instance is destroyed after an invocation that broke it', async () => {
  const h = house();
  const instance = await used(h, 'hello');
  h.pool.release(instance, { ...done, reusable: false });
  await settled();
  assert.equal((instance.sandbox as FakeSandbox).state, 'gone');
  assert.equal(h.tenancies[0]?.closed, 1);
  assert.notEqual(placed(await h.clock.until(h.pool.acquire(invocable('hello'), 0))), instance);
});

test('an idle instance that dies is noticed and forgotten', async () => {
  const h = house();
  const instance = await used(h, 'hello');
  h.pool.release(instance, done);
  (instance.sandbox as FakeSandbox).die();
  await settled();
  assert.equal(h.pool.snapshot().idle, 0);
  assert.equal(h.log.named('instance.lost-while-idle').length, 1);
});

test('an instance that cannot be thawed costs a start, not an invocation', async () => {
  const h = house();
  const instance = await used(h, 'hello');
  h.pool.release(instance, done);
  await h.clock.advance(SCALE.freezeAfterMs);
  h.launcher.script = { thaw: () => new Error('the freezer is stuck') };
  const other = placed(await h.clock.until(h.pool.acquire(invocable('hello'), 0)));
  assert.notEqual(other, instance);
  assert.equal((instance.sandbox as FakeSandbox).state, 'gone');
  assert.equal(h.pool.snapshot().inFlight, 1);
});

test('a retired key drains: idle instances go at once, busy ones when they are done', async () => {
  const h = house();
  const [one, two] = [await used(h, 'hello'), await used(h, 'hello')];
  h.pool.release(one, done);
  let gone = false;
  const retired = h.pool.retire('hello/1').then(() => (gone = true));
  await settled();
  assert.equal((one.sandbox as FakeSandbox).state, 'gone');
  assert.equal(gone, false);
  h.pool.release(two, done);
  await retired;
  assert.equal((two.sandbox as FakeSandbox).state, 'gone');
  const late = await used(h, 'hello');
  h.pool.release(late, done);
  await settled();
  assert.equal((late.sandbox as FakeSandbox).state, 'gone', 'resolved before the retirement: served, not kept');
});

test('a function with a start environment gets a sandbox of its own, and no other key ever sees it', async () => {
  const h = house();
  h.pool.start();
  await h.clock.advance(200);
  const environment = { NODE_OPTIONS: '--enable-source-maps', NODE_ENV: 'production' };
  const instance = await used(h, 'special', { environment });
  assert.deepEqual(h.launcher.requests.at(-1)?.startEnvironment, { NODE_OPTIONS: '--enable-source-maps' });
  assert.equal(h.pool.snapshot().parked, 2, 'none of the generic ones was taken');
  const big = await used(h, 'big', { ephemeralMiB: 1024 });
  assert.equal(h.launcher.requests.at(-1)?.ephemeralMiB, 1024);
  assert.notEqual(instance.sandbox, big.sandbox);
});

test('a launch is tried twice for an invocation, which then gets the reason; nothing leaks', async () => {
  const reason = new Error('no more processes');
  const h = house({ prewarmedRuntimes: [], prewarmLeast: 0 }, { launch: () => ({ takesMs: 1, fails: reason }) });
  const placement = await h.clock.until(h.pool.acquire(invocable('hello'), 0));
  assert.deepEqual(placement, { kind: 'launchFailed', cause: reason });
  assert.equal(h.launcher.requests.length, 2);
  assert.deepEqual(
    { ...h.pool.snapshot() },
    { inFlight: 0, waiting: 0, held: 0, busy: 0, idle: 0, parked: 0, launching: 0, sandboxes: 0, chargedMiB: 0 },
  );
});

test('refilling backs off while launches fail, and recovers', async () => {
  let broken = true;
  const h = house({}, { launch: () => (broken ? { takesMs: 1, fails: new Error('no') } : undefined) });
  h.pool.start();
  await h.clock.advance(60_000);
  const tries = h.launcher.requests.length;
  assert.ok(tries >= 8 && tries <= 12, `${tries} launches in a minute`);
  broken = false;
  await h.clock.advance(31_000);
  assert.equal(h.pool.snapshot().parked, 2);
});

test('closing lets what runs finish, refuses what waits and what comes, and leaves nothing', async () => {
  const h = house({ memoryMiB: 150 });
  const instance = await used(h, 'running');
  const waiting = h.pool.acquire(invocable('waiting'), 0);
  const closed = h.pool.close(5000);
  assert.deepEqual(await waiting, { kind: 'closed' });
  assert.deepEqual(await h.pool.acquire(invocable('late'), 0), { kind: 'closed' });
  await h.clock.advance(4000);
  assert.equal((instance.sandbox as FakeSandbox).state, 'ready', 'within the window');
  h.pool.release(instance, done);
  await h.clock.until(closed);
  assert.deepEqual(h.launcher.living, []);
  assert.equal(h.pool.snapshot().chargedMiB, 0);
  assert.equal(h.clock.pendingTimers, 0);
});

test('what still runs when the window is over is killed', async () => {
  const h = house({}, { run: () => ({ takesMs: 60_000 }) });
  const instance = await used(h, 'endless');
  const outcome = instance.sandbox
    .invoke({ requestId: 'r', invokedFunctionArn: '', payload: new Uint8Array(), deadlineMs: 0, timeoutMs: 900_000 })
    .then((outcome) => (h.pool.release(instance, { reusable: false, runMs: 1 }), outcome));
  const closed = h.pool.close(5000);
  await h.clock.advance(5000);
  assert.equal((await outcome).kind, 'crashed');
  await h.clock.until(closed);
  assert.deepEqual(h.launcher.living, []);
});

test('a launch that lands after closing is destroyed', async () => {
  const h = house();
  h.pool.start();
  await h.clock.until(h.pool.close(0));
  assert.equal(h.launcher.sandboxes.length, 1);
  assert.deepEqual(h.launcher.living, []);
});
