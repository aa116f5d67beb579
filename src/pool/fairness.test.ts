// A flood of one function, or of one account, keeps nobody else from his share: of memory, of the queue, of concurrency.
// Each of these fails where those are served first who have waited longest.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '#kernel';
import type { Placement } from '#pool';
import { effort } from '../../test/support/effort.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, ready } from '../../test/support/pool-house.ts';
import type { Tenancy } from '../../test/support/pool-house.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { SCALE } from './scale.ts';
import { compareShares, HeldMemory, Share, StartAllowance } from './shares.ts';

type House = ReturnType<typeof house>;

const QUIET = { prewarmedRuntimes: [], prewarmLeast: 0 } as const;

/** Runs one to its end; what it answers is how long it waited, or why it was refused. */
async function call(h: House, name: string, runMs: number, overrides = {}): Promise<number | string> {
  const placement: Placement<Tenancy> = await h.pool.acquire(invocable(name, overrides), 0);
  if (placement.kind !== 'placed') return placement.kind === 'throttled' ? placement.reason : placement.kind;
  if (placement.instance.fresh) await ready(placement.instance);
  await h.clock.pause(runMs);
  h.pool.release(placement.instance, { ...done, runMs });
  return placement.waitedMs;
}

test('a flood of long runs does not keep others from their first instance', async () => {
  for (let seed = 1; seed <= effort(8, 100); seed += 1) {
    const random = seededRandom(seed);
    const h = house({ ...QUIET, memoryMiB: 1024, sandboxes: 8 });
    const runMs = 500 + 1500 * random.fraction();
    const flood = Array.from({ length: 120 }, () => call(h, 'flood', runMs));
    const others: Promise<number | string>[] = [];
    for (let other = 0; other < 3; other += 1) {
      await h.clock.advance(300 + 700 * random.fraction());
      others.push(call(h, `other-${other}`, 100));
    }
    const waits = await h.clock.until(Promise.all(others));
    for (const waited of waits)
      assert.ok(
        typeof waited === 'number' && waited < SCALE.starvedAfterMs + runMs + 500,
        `seed ${seed}: ${waited} ms, where one run takes ${runMs} ms`,
      );
    await h.clock.until(Promise.all(flood));
    assert.equal(h.pool.snapshot().inFlight, 0);
  }
});

test('an account with many functions gets no more than one with a single function that wants as much', async () => {
  for (let seed = 1; seed <= effort(3, 30); seed += 1) {
    const random = seededRandom(seed);
    const h = house({ ...QUIET, memoryMiB: 1024, sandboxes: 8 });
    const ranMs = { many: 0, single: 0 };
    const day = { isOver: false };
    const caller = async (account: 'many' | 'single', name: string) => {
      const scope = { ...invocable(name).scope, account: account as AccountId };
      while (!day.isOver) {
        const runMs = 200 + 200 * random.fraction();
        await call(h, name, runMs, { scope, versionArn: `${account}:${name}:1` });
        if (!day.isOver) ranMs[account] += runMs;
      }
    };
    const callers = Array.from({ length: 30 }, (_, index) => caller('many', `many-${index}`));
    callers.push(...Array.from({ length: 10 }, () => caller('single', 'single')));
    await h.clock.advance(60_000);
    day.isOver = true;
    await h.clock.until(Promise.all(callers));
    const share = ranMs.single / (ranMs.single + ranMs.many);
    assert.ok(share > 0.35 && share < 0.65, `seed ${seed}: ${share}`);
  }
});

test('in a full queue the last of the longest line makes way, and nobody for himself', async () => {
  const h = house({ ...QUIET, memoryMiB: 150 }, {}, 5000);
  const flood = Array.from({ length: 1001 }, () => call(h, 'flood', 10_000));
  await h.clock.advance(100);
  assert.equal(h.pool.snapshot().waiting, 1000);
  assert.equal(await call(h, 'flood', 1), 'FunctionInvocationRateLimitExceeded', 'the flood itself is refused');
  const other = call(h, 'other', 1);
  assert.equal(await flood.at(-1), 'FunctionInvocationRateLimitExceeded');
  assert.equal(typeof (await h.clock.until(other)), 'number');
});

test('where the account has no concurrency left, who waits makes way, and who runs does not', async () => {
  const h = house({ ...QUIET, memoryMiB: 300 }, {}, 6);
  const flood = Array.from({ length: 6 }, () => call(h, 'flood', 5000));
  await h.clock.advance(100);
  assert.deepEqual([h.pool.snapshot().busy, h.pool.snapshot().waiting], [2, 4]);
  const other = call(h, 'other', 1);
  assert.equal(await flood.at(-1), 'ConcurrentInvocationLimitExceeded');
  assert.equal(h.pool.snapshot().inFlight, 6);
  assert.equal(typeof (await h.clock.until(other)), 'number');
  await h.clock.until(Promise.all(flood));

  const full = house(QUIET, {}, 2);
  const running = [call(full, 'flood', 5000), call(full, 'flood', 5000)];
  await full.clock.advance(100);
  assert.equal(await call(full, 'other', 1), 'ConcurrentInvocationLimitExceeded', 'as on Lambda: reserve concurrency against that');
  await full.clock.until(Promise.all(running));
});

test('a function starts so many instances in ten seconds, and more as time goes on', async () => {
  const h = house({ ...QUIET, functionStarts: 5 });
  const burst = Array.from({ length: 5 }, () => call(h, 'burst', 60_000));
  await h.clock.advance(200);
  assert.equal(h.pool.snapshot().busy, 5);
  const behind = Array.from({ length: 5 }, () => call(h, 'burst', 1));
  assert.equal(await call(h, 'burst', 1), 'FunctionInvocationRateLimitExceeded');
  assert.equal(typeof (await h.clock.until(call(h, 'other', 1))), 'number', 'others have bursts of their own');
  assert.equal(h.pool.snapshot().busy, 5);
  const [first] = behind;
  const waited = await h.clock.until(first);
  assert.ok(typeof waited === 'number' && waited > 1500 && waited < 2500, `${waited} ms: one more every two seconds`);
  await h.clock.until(Promise.all([...burst, ...behind]));
  assert.equal(
    await (async () => {
      const own = house({ ...QUIET, functionStarts: 1 });
      const placement = placed(await own.clock.until(own.pool.acquire(invocable('mine', { reservedConcurrency: 9 }), 0)));
      void own.pool.acquire(invocable('mine', { reservedConcurrency: 9 }), 0);
      const refused = await own.pool.acquire(invocable('mine', { reservedConcurrency: 9 }), 0);
      own.pool.release(placement, done);
      return refused.kind === 'throttled' && refused.reason;
    })(),
    'ReservedFunctionInvocationRateLimitExceeded',
  );
});

test('held memory is an average that forgets, and the account counts before the function', () => {
  const held = new HeldMemory();
  held.change(128, 0);
  assert.equal(held.averageMiB(0), 0);
  assert.ok(held.averageMiB(60_000) > 127);
  held.change(-128, 60_000);
  assert.ok(held.averageMiB(120_000) < 1);

  const allowance = () => new StartAllowance({ most: 10, periodMs: 10_000 });
  const [poor, rich] = [new HeldMemory(), new HeldMemory()];
  rich.change(1000, 0);
  const [greedy, modest] = [new Share(poor, allowance()), new Share(rich, allowance())];
  greedy.own.change(500, 0);
  assert.ok(compareShares(greedy, modest, 1000) < 0);
  const sibling = new Share(poor, allowance());
  assert.ok(compareShares(sibling, greedy, 1000) < 0);
});
