// What every TimerQueue does: a timer is due once, its next time and what it causes are one step, and so are timers and their resources.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ClaimedTimer, NewDelivery, ResourceKey, Store, TimerClaim } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function timersContract(implementation: string, open: OpenStore): void {
  withStore(`timers on ${implementation}`, open, (store) => {
    test('a timer comes back as it was set, with its fence and lease, when it is due and not before', async () => {
      const lane = freshLane();
      const timer = { lane, name: 'one', dueAtMs: 100, attributes: { scheduledMs: 90 } };
      await store().timers.set([{ put: timer }], []);
      assert.equal(await store().timers.nextDueAtMs(lane), 100);
      assert.deepEqual(await store().timers.claimDue(claimOf(lane, { nowMs: 99 })), []);
      const [claimed] = await store().timers.claimDue(claimOf(lane, { nowMs: 100, leaseMs: 50 }));
      assert.ok(claimed);
      assert.deepEqual(claimed, { ...timer, fence: claimed.fence, leaseUntilMs: 150 });
      assert.equal(await store().timers.nextDueAtMs(lane), 150);
    });

    test('the earliest are claimed first, no more than were asked for, and each by one', async () => {
      const lane = freshLane();
      const times = [50, 10, 40, 20, 30];
      await store().timers.set(
        times.map((dueAtMs) => ({ put: timerIn(lane, `at ${dueAtMs}`, dueAtMs) })),
        [],
      );
      const claims = await Promise.all([2, 2, 2].map((limit) => store().timers.claimDue(claimOf(lane, { limit, nowMs: 45 }))));
      assert.deepEqual(
        claims.map((claimed) => claimed.map(({ dueAtMs }) => dueAtMs)),
        [[10, 20], [30, 40], []],
      );
    });

    test('firing sets the next time and accepts the deliveries, in one step', async () => {
      const lane = freshLane();
      await store().timers.set([{ put: timerIn(lane, 'tick', 100) }], []);
      const claimed = await claimOne(store(), lane, 100);
      const next = { dueAtMs: 200, attributes: { turn: 2 } };
      assert.equal(await store().timers.fire({ timer: claimed, next, deliveries: [deliveryIn(lane, 'first')] }), true);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map([['target', 1]]));
      assert.equal(await store().timers.nextDueAtMs(lane), 200);
      const again = await claimOne(store(), lane, 200);
      assert.deepEqual(again.attributes, { turn: 2 });
      assert.ok(again.fence > claimed.fence);
    });

    test('the payload of a delivery that is a view into a larger buffer is accepted as the view', async () => {
      const lane = freshLane();
      await store().timers.set([{ put: timerIn(lane, 'tick', 0) }], []);
      const payload = Buffer.from('..payload..').subarray(2, 9);
      const delivery = { ...deliveryIn(lane, 'view'), payload };
      await store().timers.fire({ timer: await claimOne(store(), lane, 0), next: 'done', deliveries: [delivery] });
      const [claimed] = await store().deliveries.claimDue(claimOf(lane));
      assert.equal(Buffer.from(claimed?.payload ?? []).toString(), 'payload');
    });

    test('what is done never comes again', async () => {
      const lane = freshLane();
      await store().timers.set([{ put: timerIn(lane, 'once', 100) }], []);
      const claimed = await claimOne(store(), lane, 100);
      assert.equal(await store().timers.fire({ timer: claimed, next: 'done', deliveries: [] }), true);
      assert.equal(await store().timers.nextDueAtMs(lane), undefined);
      assert.equal(await store().timers.fire({ timer: claimed, next: 'done', deliveries: [deliveryIn(lane, 'twice')] }), false);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map());
    });

    test('whoever lost the lease fires nothing', async () => {
      const lane = freshLane();
      await store().timers.set([{ put: timerIn(lane, 'slow', 100) }], []);
      const first = await claimOne(store(), lane, 100);
      assert.deepEqual(await store().timers.claimDue(claimOf(lane, { nowMs: first.leaseUntilMs - 1 })), []);
      const second = await claimOne(store(), lane, first.leaseUntilMs);
      assert.equal(second.dueAtMs, 100, 'it is due since then');
      assert.equal(await store().timers.fire({ timer: first, next: 'done', deliveries: [deliveryIn(lane, 'lost')] }), false);
      assert.equal(await store().timers.fire({ timer: second, next: 'done', deliveries: [deliveryIn(lane, 'won')] }), true);
      assert.deepEqual(
        (await store().deliveries.claimDue(claimOf(lane))).map(({ id }) => id),
        [`${lane}-won`],
      );
    });

    test('what was set anew, or removed, while it was claimed is not fired', async () => {
      const lane = freshLane();
      await store().timers.set([{ put: timerIn(lane, 'changed', 100) }, { put: timerIn(lane, 'removed', 100) }], []);
      const claimed = await store().timers.claimDue(claimOf(lane, { nowMs: 100 }));
      await store().timers.set([{ put: timerIn(lane, 'changed', 500) }, { remove: { lane, name: 'removed' } }], []);
      for (const timer of claimed)
        assert.equal(await store().timers.fire({ timer, next: 'done', deliveries: [deliveryIn(lane, timer.name)] }), false);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map());
      assert.equal(await store().timers.nextDueAtMs(lane), 500);
    });

    test('what nobody claimed cannot be fired', async () => {
      const lane = freshLane();
      const timer = timerIn(lane, 'waiting', 100);
      await store().timers.set([{ put: timer }], []);
      assert.equal(await store().timers.fire({ timer: { ...timer, fence: 0 }, next: 'done', deliveries: [] }), false);
      assert.equal(await store().timers.nextDueAtMs(lane), 100);
    });

    test('timers and their resources are set together, or neither', async () => {
      const lane = freshLane();
      const key = resourceKey();
      const change = { key, expect: 'absent', change: { put: { rate: 5 } } } as const;
      const committed = await store().timers.set([{ put: timerIn(lane, 'own', 100) }], [change]);
      assert.equal(committed.kind, 'committed');
      const conflict = await store().timers.set([{ put: timerIn(lane, 'own', 50) }, { put: timerIn(lane, 'other', 10) }], [change]);
      assert.equal(conflict.kind === 'conflict' && conflict.found?.body !== undefined, true);
      assert.equal(await store().timers.nextDueAtMs(lane), 100);
      assert.deepEqual((await store().resources.get(key))?.body, { rate: 5 });
    });

    test('a firing may end the resource that the timer belongs to, unless it has changed', async () => {
      const lane = freshLane();
      const key = resourceKey();
      const outcome = await store().timers.set(
        [{ put: timerIn(lane, 'last', 100) }],
        [{ key, expect: 'absent', change: { put: 1 } }],
      );
      const revision = outcome.kind === 'committed' ? (outcome.revisions[0] ?? 0) : 0;
      const claimed = await claimOne(store(), lane, 100);
      const ending = { timer: claimed, next: 'done', deliveries: [deliveryIn(lane, 'last')] } as const;
      const removal = (expected: number) => [{ key, expect: { revision: expected }, change: 'remove' }] as const;
      assert.equal(await store().timers.fire({ ...ending, resources: removal(revision - 1) }), false);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map());
      assert.equal(await store().timers.fire({ ...ending, resources: removal(revision) }), true);
      assert.equal(await store().resources.get(key), undefined);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map([['target', 1]]));
    });

    test('whoever listens hears of timers that were set, and not of claims', async () => {
      const lane = freshLane();
      const heard = Promise.withResolvers<undefined>();
      const stop = store().changed('timers', () => heard.resolve(undefined));
      await store().timers.set([{ put: timerIn(lane, 'new', 100) }], []);
      await heard.promise;
      stop();
    });

    test('whoever claims and fires in any order, each due time has its effect once', async () => {
      const step = fc.record({ advance: fc.nat(30), fires: fc.boolean(), sets: fc.boolean() });
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const lane = freshLane();
        await store().timers.set([{ put: timerIn(lane, 'tick', 10) }], []);
        const held: ClaimedTimer[] = [];
        const effects: number[] = [];
        let nowMs = 0;
        for (const { advance, fires, sets } of steps) {
          nowMs += advance;
          held.push(...(await store().timers.claimDue(claimOf(lane, { nowMs, leaseMs: 20 }))));
          if (sets) await store().timers.set([{ put: timerIn(lane, 'tick', nowMs + 10) }], []);
          for (const timer of fires ? held.splice(0) : []) {
            const next = { dueAtMs: timer.dueAtMs + 10, attributes: null };
            if (await store().timers.fire({ timer, next, deliveries: [] })) effects.push(timer.dueAtMs);
          }
        }
        assert.deepEqual(
          effects,
          [...new Set(effects)].toSorted((one, other) => one - other),
        );
      });
      await fc.assert(property, { numRuns: effort(15, 200) });
    });
  });
}

let lanes = 0;

function freshLane(): string {
  lanes += 1;
  return `timers-${lanes}-${process.pid}`;
}

function timerIn(lane: string, name: string, dueAtMs: number) {
  return { lane, name, dueAtMs, attributes: null };
}

function deliveryIn(lane: string, name: string): NewDelivery {
  const { scope, payload } = { scope: freshScope(), payload: new Uint8Array([1]) };
  return { id: `${lane}-${name}`, scope, lane, target: 'target', payload, attributes: null, acceptedAtMs: 0, dueAtMs: 0 };
}

function claimOf(lane: string, request: Partial<TimerClaim> = {}): TimerClaim {
  return { lane, nowMs: 0, leaseMs: 1000, limit: 10, ...request };
}

async function claimOne(store: Store, lane: string, nowMs: number): Promise<ClaimedTimer> {
  const [claimed] = await store.timers.claimDue(claimOf(lane, { nowMs }));
  assert.ok(claimed);
  return claimed;
}

function resourceKey(): ResourceKey {
  return { scope: freshScope(), kind: 'schedule', name: 'default/tick' };
}
