// What every DeliveryQueue does: what was accepted is claimed until it is settled, by one claimant at a time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Scope } from '#kernel';
import type { ClaimedDelivery, ClaimRequest, DeliveryQueue, NewDelivery } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function deliveriesContract(implementation: string, open: OpenStore): void {
  withStore(`deliveries on ${implementation}`, open, (store) => {
    test('a delivery comes back whole, with its attempt, fence and lease', async () => {
      const lane = freshLane();
      const delivery = { ...deliveryIn(lane, 'whole'), payload: new Uint8Array([0, 255, 10]), attributes: { retries: 2 } };
      await store().deliveries.accept([delivery]);
      const [claimed] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 100, leaseMs: 50 }));
      assert(claimed !== undefined);
      assert.deepEqual(claimed, { ...delivery, attempt: 1, fence: claimed.fence, leaseUntilMs: 150 });
    });

    test('a payload that is a view into a larger buffer comes back as the view', async () => {
      const lane = freshLane();
      await store().deliveries.accept([{ ...deliveryIn(lane, 'view'), payload: Buffer.from('..payload..').subarray(2, 9) }]);
      const [claimed] = await store().deliveries.claimDue(claimOf(lane));
      assert.equal(Buffer.from(claimed?.payload ?? []).toString(), 'payload');
    });

    test('the same id is accepted once', async () => {
      const lane = freshLane();
      const delivery = deliveryIn(lane, 'once');
      await store().deliveries.accept([delivery, { ...delivery, target: 'other' }]);
      await store().deliveries.accept([{ ...delivery, target: 'another' }]);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map([['target', 1]]));
    });

    test('of many claimants at once, each delivery goes to one', async () => {
      const lane = freshLane();
      await store().deliveries.accept(Array.from({ length: 30 }, (_, index) => deliveryIn(lane, `shared-${index}`)));
      const claims = await Promise.all(Array.from({ length: 10 }, () => store().deliveries.claimDue(claimOf(lane, { limit: 5 }))));
      const ids = claims.flat().map(({ id }) => id);
      assert.equal(ids.length, 30);
      assert.equal(new Set(ids).size, 30);
    });

    test('whoever lost the lease can neither settle, extend nor reschedule', async () => {
      const lane = freshLane();
      await store().deliveries.accept([deliveryIn(lane, 'lost')]);
      const [first] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 0, leaseMs: 10 }));
      assert.deepEqual(await store().deliveries.claimDue(claimOf(lane, { nowMs: 9 })), []);
      const [second] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 10 }));
      assert(first !== undefined && second !== undefined && second.fence > first.fence);
      assert.equal(second.attempt, 2);
      assert.equal(await store().deliveries.extend(first.id, first.fence, 1000), false);
      assert.equal(await store().deliveries.reschedule(first.id, first.fence, 1000, { countAttempt: true }), false);
      assert.equal(await store().deliveries.settle(first.id, first.fence), false);
      assert.equal(await store().deliveries.settle(second.id, second.fence), true);
      assert.equal(await store().deliveries.nextDueAtMs(lane), undefined);
    });

    test('whoever gave it back can no longer settle, extend or give it back again', async () => {
      const lane = freshLane();
      await store().deliveries.accept([deliveryIn(lane, 'given back')]);
      const [claimed] = await store().deliveries.claimDue(claimOf(lane));
      assert(claimed !== undefined);
      assert.equal(await store().deliveries.reschedule(claimed.id, claimed.fence, 500, { countAttempt: false }), true);
      assert.equal(await store().deliveries.reschedule(claimed.id, claimed.fence, 900, { countAttempt: false }), false);
      assert.equal(await store().deliveries.extend(claimed.id, claimed.fence, 900), false);
      assert.equal(await store().deliveries.settle(claimed.id, claimed.fence), false);
      assert.equal(await store().deliveries.nextDueAtMs(lane), 500);
      const [again] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 500 }));
      assert.equal(again?.attempt, 1, 'the first claim did not count');
    });

    test('what is accepted and claimed in one step is the claimant’s until its lease ends', async () => {
      const lane = freshLane();
      await store().deliveries.accept([deliveryIn(lane, 'there already')]);
      const payload = Buffer.from('..payload..').subarray(2, 9);
      const mine = { ...deliveryIn(lane, 'mine'), payload };
      const [none, fence, twice] = await store().deliveries.acceptClaimed([deliveryIn(lane, 'there already'), mine, mine], 50);
      assert(fence !== undefined);
      assert.deepEqual([none, twice], [undefined, undefined]);
      const others = await store().deliveries.claimDue(claimOf(lane, { nowMs: 49, leaseMs: 1000 }));
      assert.deepEqual(
        others.map(({ id }) => id),
        [deliveryIn(lane, 'there already').id],
      );
      const [again] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 50 }));
      assert.deepEqual(again, {
        ...mine,
        payload: again?.payload,
        attempt: 2,
        fence: again?.fence,
        leaseUntilMs: again?.leaseUntilMs,
      });
      assert.equal(Buffer.from(again?.payload ?? []).toString(), 'payload');
      assert.equal(await store().deliveries.settle(mine.id, fence), false);
      assert.equal(await store().deliveries.settle(mine.id, again?.fence ?? 0), true);
    });

    test('what follows is there when the delivery that it follows is settled', async () => {
      const [lane, next] = [freshLane(), freshLane()];
      await store().deliveries.accept([deliveryIn(lane, 'first')]);
      const [claimed] = await store().deliveries.claimDue(claimOf(lane));
      assert(claimed !== undefined);
      const followUp = { ...deliveryIn(next, 'second'), payload: Buffer.from('..payload..').subarray(2, 9), dueAtMs: 7 };
      const noticed = new Promise<void>((resolve) => {
        const stop = store().changed('deliveries', () => {
          stop();
          resolve();
        });
      });
      assert.equal(await store().deliveries.settle(claimed.id, claimed.fence, [followUp]), true);
      await noticed;
      assert.equal(await store().deliveries.nextDueAtMs(lane), undefined);
      const [second] = await store().deliveries.claimDue(claimOf(next, { nowMs: 7 }));
      assert.equal(second?.id, followUp.id);
      assert.equal(Buffer.from(second?.payload ?? []).toString(), 'payload');
    });

    test('nothing follows from a delivery whose lease was lost', async () => {
      const [lane, next] = [freshLane(), freshLane()];
      await store().deliveries.accept([deliveryIn(lane, 'lost')]);
      const [first] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 0, leaseMs: 10 }));
      const [second] = await store().deliveries.claimDue(claimOf(lane, { nowMs: 10 }));
      assert(first !== undefined && second !== undefined);
      assert.equal(await store().deliveries.settle(first.id, first.fence, [deliveryIn(next, 'never')]), false);
      assert.equal(await store().deliveries.nextDueAtMs(next), undefined);
    });

    test('a delivery may be followed by one with its own id, in another lane', async () => {
      const [lane, next] = [freshLane(), freshLane()];
      const delivery = deliveryIn(lane, 'same');
      await store().deliveries.accept([delivery]);
      const [claimed] = await store().deliveries.claimDue(claimOf(lane));
      assert(claimed !== undefined);
      assert.equal(await store().deliveries.settle(claimed.id, claimed.fence, [{ ...delivery, lane: next }]), true);
      assert.equal(await store().deliveries.settle(claimed.id, claimed.fence, [{ ...delivery, lane: next }]), false);
      assert.deepEqual(await store().deliveries.backlog(next), new Map([['target', 1]]));
    });

    test('deliveries are counted, waiting or claimed, as far as somebody wants to know', async () => {
      const lane = freshLane();
      await store().deliveries.accept(['a', 'b', 'c'].map((id) => deliveryIn(lane, id)));
      await store().deliveries.claimDue(claimOf(lane, { limit: 1 }));
      assert.equal(await store().deliveries.count(lane, 100), 3);
      assert.equal(await store().deliveries.count(lane, 2), 2);
      assert.equal(await store().deliveries.count(freshLane(), 100), 0);
    });

    test('what nobody claimed cannot be settled', async () => {
      const lane = freshLane();
      const delivery = deliveryIn(lane, 'unclaimed');
      await store().deliveries.accept([delivery]);
      assert.equal(await store().deliveries.settle(delivery.id, 0), false);
      assert.equal(await store().deliveries.extend(delivery.id, 0, 10), false);
      assert.equal(await store().deliveries.reschedule(delivery.id, 0, 10, { countAttempt: false }), false);
    });

    test('a large backlog of throttled targets does not hide the others', async () => {
      const lane = freshLane();
      await store().deliveries.accept(
        Array.from({ length: 500 }, (_, index) => deliveryIn(lane, `throttled-${index}`, `busy-${index % 3}`)),
      );
      await store().deliveries.accept([deliveryIn(lane, 'free', 'free'), deliveryIn(lane, 'idle', 'idle')]);
      const claimed = await store().deliveries.claimDue(claimOf(lane, { exceptTargets: ['busy-0', 'busy-1', 'busy-2', 'idle'] }));
      assert.deepEqual(
        claimed.map(({ id }) => id),
        [`${lane}-free`],
      );
    });

    test('one target with a large backlog leaves room for the others', async () => {
      const lane = freshLane();
      await store().deliveries.accept(Array.from({ length: 500 }, (_, index) => deliveryIn(lane, `flood-${index}`, 'flood')));
      await store().deliveries.accept([deliveryIn(lane, 'a', 'a'), deliveryIn(lane, 'b', 'b')]);
      const claimed = await store().deliveries.claimDue(claimOf(lane, { limit: 10, targetLimit: 3 }));
      assert.deepEqual(
        claimed.map(({ id }) => id),
        ['flood-0', 'flood-1', 'flood-2', 'a', 'b'].map((id) => `${lane}-${id}`),
      );
    });

    test('the next due time after one that is past is that of what waits behind it', async () => {
      const lane = freshLane();
      const delivery = deliveryIn(lane, 'due');
      await store().deliveries.accept([delivery, { ...delivery, id: `${lane}-later`, dueAtMs: 500 }]);
      assert.equal(await store().deliveries.nextDueAtMs(lane), 0);
      assert.equal(await store().deliveries.nextDueAtMs(lane, 0), 500);
      assert.equal(await store().deliveries.nextDueAtMs(lane, 500), undefined);
    });

    test('a listener of a lane hears of what becomes claimable in it, and of no other lane', async () => {
      const [lane, other] = [freshLane(), freshLane()];
      const heard: string[] = [];
      const notice = new Promise<void>((resolve) => {
        store().changed(`deliveries/${lane}`, () => {
          heard.push(lane);
          resolve();
        });
      });
      const stop = store().changed(`deliveries/${freshLane()}`, () => heard.push('nobody'));
      await store().deliveries.accept([deliveryIn(other, 'other')]);
      await store().deliveries.accept([deliveryIn(lane, 'mine')]);
      await notice;
      stop();
      assert.deepEqual([...new Set(heard)], [lane]);
    });

    test('a claim of large payloads brings some of them, and the rest stay due', async () => {
      const lane = freshLane();
      const payload = new Uint8Array(1024 * 1024);
      for (let index = 0; index < 20; index++)
        await store().deliveries.accept([{ ...deliveryIn(lane, `large-${index}`), payload }]);
      const first = await store().deliveries.claimDue(claimOf(lane, { limit: 20 }));
      assert(first.length >= 1 && first.length < 20);
      assert.equal(await store().deliveries.nextDueAtMs(lane), 0);
      const second = await store().deliveries.claimDue(claimOf(lane, { limit: 20 }));
      assert.equal(first.length + second.length, 20);
    });

    test('a payload of any size comes back whole, and goes with its delivery', async () => {
      for (const bytes of [0, 1000, 1022, 1023, 100_000]) {
        const lane = freshLane();
        const delivery = { ...deliveryIn(lane, 'sized'), payload: new Uint8Array(bytes).fill(7), attributes: {} };
        for (const payload of [delivery.payload, delivery.payload.map((byte) => byte + 1)]) {
          await store().deliveries.accept([{ ...delivery, payload }]);
          const [claimed] = await store().deliveries.claimDue(claimOf(lane));
          assert(claimed !== undefined);
          assert.deepEqual([claimed.payload, claimed.attributes], [payload, {}]);
          assert.equal(await store().deliveries.settle(claimed.id, claimed.fence), true);
        }
      }
    });

    test('does what a sorted list with leases does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => behavesLikeModel(store().deliveries, steps)),
        { numRuns: effort(40, 1000) },
      );
    });
  });
}

let lanes = 0;

function freshLane(): string {
  lanes += 1;
  return `lane-${lanes}`;
}

function deliveryIn(lane: string, id: string, target = 'target', scope: Scope = freshScope()): NewDelivery {
  return { id: `${lane}-${id}`, scope, lane, target, payload: new Uint8Array(), attributes: null, acceptedAtMs: 0, dueAtMs: 0 };
}

function claimOf(lane: string, changed: Partial<ClaimRequest> = {}): ClaimRequest {
  return { lane, nowMs: 0, leaseMs: 1000, limit: 10, ...changed };
}

const id = fc.integer({ min: 0, max: 7 }).map((number) => `id-${number}`);
const target = fc.constantFrom<string[]>('f', 'g', 'h');
const time = fc.integer({ min: 0, max: 20 });
const step = fc.oneof(
  fc.record({
    kind: fc.constant('accept' as const),
    accepted: fc.array(fc.record({ id, target, dueInMs: time }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('claim' as const),
    leaseMs: time,
    limit: fc.integer({ min: 0, max: 4 }),
    except: fc.option(fc.uniqueArray(target, { maxLength: 2 }), { nil: undefined }),
    targetLimit: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('settle' as const), id, isStale: fc.boolean() }),
  fc.record({ kind: fc.constant('extend' as const), id, isStale: fc.boolean(), byMs: time }),
  fc.record({ kind: fc.constant('reschedule' as const), id, isStale: fc.boolean(), inMs: time, countAttempt: fc.boolean() }),
  fc.record({ kind: fc.constant('pass' as const), ms: time }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Waiting {
  readonly delivery: NewDelivery;
  readonly order: number;
  dueAtMs: number;
  claimableAtMs: number;
  attempt: number;
  fence: number;
  /** The fence before this one, which must not work any more. */
  lastFence: number;
}

async function behavesLikeModel(deliveries: DeliveryQueue, steps: readonly Step[]): Promise<void> {
  const lane = freshLane();
  const scope = freshScope();
  const model = new Map<string, Waiting>();
  let nowMs = 1_800_000_000_000;
  let orders = 0;
  let newestFence = 0;
  /** The delivery and the fence to try: the one it has, or an older one. */
  const held = (
    id: string,
    isStale: boolean,
  ): { readonly waiting: Waiting | undefined; readonly fence: number; readonly isHeld: boolean } => {
    const waiting = model.get(`${lane}-${id}`);
    const fence = isStale ? (waiting?.lastFence ?? newestFence) : (waiting?.fence ?? 0);
    return { waiting, fence, isHeld: waiting !== undefined && waiting.fence > 0 && fence === waiting.fence };
  };

  for (const step of steps) {
    switch (step.kind) {
      case 'accept': {
        const accepted = step.accepted.map(({ id, target, dueInMs }) => ({
          ...deliveryIn(lane, id, target, scope),
          payload: new TextEncoder().encode(id),
          dueAtMs: nowMs + dueInMs,
        }));
        await deliveries.accept(accepted);
        for (const delivery of accepted) {
          if (model.has(delivery.id)) continue;
          orders += 1;
          const { dueAtMs } = delivery;
          model.set(delivery.id, { delivery, order: orders, dueAtMs, claimableAtMs: dueAtMs, attempt: 0, fence: 0, lastFence: 0 });
        }
        break;
      }
      case 'claim': {
        const { leaseMs, limit, except, targetLimit = Infinity } = step;
        const due = [...model.values()]
          .filter(({ claimableAtMs, delivery }) => claimableAtMs <= nowMs && !(except ?? []).includes(delivery.target))
          .sort((left, right) => left.claimableAtMs - right.claimableAtMs || left.order - right.order)
          .filter(({ delivery: { target } }, index, all) => {
            const before = all.slice(0, index).filter(({ delivery }) => delivery.target === target);
            return before.length < targetLimit;
          })
          .slice(0, limit);
        const claimed = await deliveries.claimDue({
          lane,
          nowMs,
          leaseMs,
          limit,
          exceptTargets: except,
          targetLimit: step.targetLimit,
        });
        const expected = due.map((waiting, index): ClaimedDelivery => {
          waiting.attempt += 1;
          if (waiting.fence > 0) waiting.lastFence = waiting.fence;
          waiting.fence = claimed[index]?.fence ?? 0;
          waiting.claimableAtMs = nowMs + leaseMs;
          assert(waiting.fence > newestFence, 'fences grow');
          newestFence = waiting.fence;
          const { attempt, fence, dueAtMs } = waiting;
          return { ...waiting.delivery, dueAtMs, attempt, fence, leaseUntilMs: nowMs + leaseMs };
        });
        assert.deepEqual(claimed, expected);
        break;
      }
      case 'settle': {
        const { fence, isHeld } = held(step.id, step.isStale);
        assert.equal(await deliveries.settle(`${lane}-${step.id}`, fence), isHeld);
        if (isHeld) model.delete(`${lane}-${step.id}`);
        break;
      }
      case 'extend': {
        const { waiting, fence, isHeld } = held(step.id, step.isStale);
        assert.equal(await deliveries.extend(`${lane}-${step.id}`, fence, nowMs + step.byMs), isHeld);
        if (isHeld && waiting !== undefined) waiting.claimableAtMs = nowMs + step.byMs;
        break;
      }
      case 'reschedule': {
        const { waiting, fence, isHeld } = held(step.id, step.isStale);
        const { countAttempt } = step;
        assert.equal(await deliveries.reschedule(`${lane}-${step.id}`, fence, nowMs + step.inMs, { countAttempt }), isHeld);
        if (!isHeld || waiting === undefined) break;
        waiting.dueAtMs = waiting.claimableAtMs = nowMs + step.inMs;
        waiting.attempt -= countAttempt ? 0 : 1;
        waiting.lastFence = waiting.fence;
        waiting.fence = 0;
        break;
      }
      case 'pass':
        nowMs += step.ms;
        break;
      default:
        step satisfies never;
    }
    await looksLikeModel(deliveries, lane, model);
  }
}

async function looksLikeModel(deliveries: DeliveryQueue, lane: string, model: ReadonlyMap<string, Waiting>): Promise<void> {
  const times = [...model.values()].map(({ claimableAtMs }) => claimableAtMs);
  assert.equal(await deliveries.nextDueAtMs(lane), times.length === 0 ? undefined : Math.min(...times));
  const backlog = new Map<string, number>();
  for (const { delivery } of model.values()) backlog.set(delivery.target, (backlog.get(delivery.target) ?? 0) + 1);
  assert.deepEqual(await deliveries.backlog(lane), backlog);
}
