// Whatever comes in which order: an instance that served one tenant never serves another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forTenant } from '#registry';
import { effort } from '../../test/support/effort.ts';
import { settled } from '../../test/support/fake-clock.ts';
import { invocable } from '../../test/support/invocable.ts';
import { done, house, placed, ready } from '../../test/support/pool-house.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';

const TENANTS = ['blue', 'green', 'red', 'white'];

const isolated = (version: number) => invocable('isolated', { tenantIsolation: true, instanceKey: `isolated/${version}` });

test('instances, fresh, warm, frozen and evicted, serve one tenant each', async () => {
  for (let seed = 1; seed <= effort(10, 300); seed += 1) {
    const random = seededRandom(seed);
    const h = house({ memoryMiB: 700, sandboxes: 6 });
    const servedBy = new Map<string, string>();
    let reused = 0;
    const call = async (tenant: string, runMs: number) => {
      const placement = await h.pool.acquire(forTenant(isolated(1), tenant), 0);
      if (placement.kind === 'throttled') return;
      const instance = placed(placement);
      const { id } = instance.sandbox;
      const before = servedBy.get(id);
      assert.ok(before === undefined || before === tenant, `seed ${seed}: ${id} served ${before} and ${tenant}`);
      if (before !== undefined) reused += 1;
      servedBy.set(id, tenant);
      if (instance.fresh) await ready(instance);
      await h.clock.pause(runMs);
      h.pool.release(instance, done);
    };
    const calls: Promise<void>[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      calls.push(call(TENANTS[Math.floor(random.fraction() * TENANTS.length)] ?? 'blue', 5 * random.fraction()));
      await h.clock.advance(random.fraction() < 0.8 ? 30 * random.fraction() : 20_000);
    }
    await h.clock.until(Promise.all(calls));
    assert.ok(reused > 10, 'instances are used more than once');
    await h.clock.until(h.pool.close(0));
  }
});

test('when the function changes, the instances of all its tenants go', async () => {
  const h = house();
  for (const tenant of TENANTS) {
    const instance = placed(await h.clock.until(h.pool.acquire(forTenant(isolated(1), tenant), 0)));
    await h.clock.until(ready(instance));
    h.pool.release(instance, done);
  }
  assert.equal(h.pool.snapshot().idle, TENANTS.length);
  await h.clock.until(h.pool.retire('isolated/1'));
  await settled();
  assert.equal(h.pool.snapshot().idle, 0);
});
