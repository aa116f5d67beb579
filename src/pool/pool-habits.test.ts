// The pool learns when functions are called: instances go when nobody is expected, and are there again before somebody is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
import type { FakeSandbox } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, ready, used } from '../../test/support/pool-house.ts';

const MINUTE = 60_000;
const QUIET = { prewarmedRuntimes: [], prewarmLeast: 0 } as const;

type House = ReturnType<typeof house>;

/** Calls it so many times, each the period after the one before, and says how each started. */
async function callEvery(h: House, periodMs: number, times: number, name = 'timer'): Promise<readonly string[]> {
  const starts: string[] = [];
  for (let call = 0; call < times; call += 1) {
    const beganMs = h.clock.monotonicMs();
    const placement = await h.clock.until(h.pool.acquire(invocable(name), 0));
    const instance = placed(placement);
    starts.push(placement.kind === 'placed' ? placement.start : '');
    if (instance.fresh) await h.clock.until(ready(instance));
    h.pool.release(instance, done);
    await h.clock.advance(periodMs - (h.clock.monotonicMs() - beganMs));
  }
  return starts;
}

test('a function that is called every half hour holds no memory in between, and is warm when it is called', async () => {
  const h = house(QUIET);
  const starts = await callEvery(h, 30 * MINUTE, 8);
  assert.equal(starts[0], 'cold');
  assert.deepEqual(starts.slice(-4), ['warm', 'warm', 'warm', 'warm']);
  const again = placed(await h.clock.until(h.pool.acquire(invocable('timer'), 0)));
  h.pool.release(again, done);
  await h.clock.advance(15 * MINUTE);
  assert.equal(h.pool.snapshot().sandboxes, 0, 'gone meanwhile');
  await h.clock.advance(14.5 * MINUTE);
  assert.equal(h.pool.snapshot().idle, 1, 'back before the next call');
  assert.equal((h.launcher.living[0] as FakeSandbox).state, 'frozen', 'at no cost but its memory');
});

test('when the calls end, so does the waiting for them: not even a timer is left', async () => {
  const h = house(QUIET);
  await callEvery(h, 30 * MINUTE, 8);
  await h.clock.advance(24 * 60 * MINUTE);
  assert.equal(h.pool.snapshot().sandboxes, 0);
  assert.equal(h.clock.pendingTimers, 0);
});

test('what is started ahead takes no memory from anybody', async () => {
  const h = house({ ...QUIET, memoryMiB: 200 });
  await callEvery(h, 30 * MINUTE, 8);
  const other = await used(h, 'other');
  await h.clock.advance(60 * MINUTE);
  assert.equal(h.pool.snapshot().sandboxes, 1);
  assert.equal((other.sandbox as FakeSandbox).state, 'ready');
});

test('a handler that cannot be loaded ahead leaves nothing, and is not tried over and over', async () => {
  const h = house(QUIET);
  await callEvery(h, 30 * MINUTE, 8);
  await h.clock.advance(5 * MINUTE);
  const before = h.launcher.sandboxes.length;
  h.launcher.script = { init: () => ({ outcome: { kind: 'crashed', exitCode: 1, signal: undefined, detail: '' } }) };
  await h.clock.advance(10 * 60 * MINUTE);
  assert.ok(h.launcher.sandboxes.length <= before + 2, `${h.launcher.sandboxes.length - before} tries`);
  assert.deepEqual(h.launcher.living, []);
  assert.equal(h.pool.snapshot().chargedMiB, 0);
});

test('a function that changed is not started ahead as it was', async () => {
  const h = house(QUIET);
  await callEvery(h, 30 * MINUTE, 8);
  await h.clock.until(h.pool.retire('timer/1'));
  const before = h.launcher.sandboxes.length;
  await h.clock.advance(10 * 60 * MINUTE);
  assert.equal(h.launcher.sandboxes.length, before);
});

test('closing while an instance is made ready leaves nothing', async () => {
  const h = house(QUIET);
  await callEvery(h, 30 * MINUTE, 8);
  h.launcher.script = { init: () => ({ takesMs: 3_600_000 }) };
  const before = h.launcher.sandboxes.length;
  const living = h.launcher.living.length;
  if (living > 0) h.pool.release(placed(await h.clock.until(h.pool.acquire(invocable('timer'), 0))), done);
  while (h.launcher.sandboxes.length === before) await h.clock.advance(MINUTE);
  await settled();
  await h.clock.until(h.pool.close(0));
  assert.deepEqual(h.launcher.living, []);
  assert.equal(h.pool.snapshot().chargedMiB, 0);
  assert.equal(h.clock.pendingTimers, 1, 'the script of the fake alone');
});

test('when memory is short, what is small and slow to start stays, whoever was used last', async () => {
  const h = house({ ...QUIET, memoryMiB: 380 });
  const [slow, quick] = [await used(h, 'slow'), await used(h, 'quick')];
  h.pool.release(slow, { ...done, startMs: 5000, peakBytes: 20 * 1_048_576 });
  await h.clock.advance(10);
  h.pool.release(quick, { ...done, startMs: 5, peakBytes: 120 * 1_048_576 });
  await h.clock.advance(10);
  await used(h, 'third');
  await used(h, 'fourth');
  assert.equal((quick.sandbox as FakeSandbox).state, 'gone');
  assert.notEqual((slow.sandbox as FakeSandbox).state, 'gone');
});
