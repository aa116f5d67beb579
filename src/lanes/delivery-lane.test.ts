// A lane of deliveries: what is claimed, when, and how much of it at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewDelivery } from '#store';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { SCOPE } from '../../test/support/invocable.ts';
import { MemoryDeliveries } from '../../test/support/memory-deliveries.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { DeliveryLane } from './delivery-lane.ts';
import type { Claim, LaneBounds } from './delivery-lane.ts';

const BOUNDS: LaneBounds = { inFlight: 8, inFlightPerTarget: 4, bytesInFlight: 1000 };

/** A lane whose deliveries end when the test says so. */
function lane(bounds: Partial<LaneBounds> = {}, deliveries = new MemoryDeliveries()) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const claims: Claim[] = [];
  const ends = new Map<string, () => void>();
  let claimCalls = 0;
  const counted = new Proxy(deliveries, {
    get(of, name) {
      if (name === 'claimDue') claimCalls += 1;
      const member: unknown = Reflect.get(of, name);
      return typeof member === 'function' ? member.bind(of) : member;
    },
  });
  const runner = new DeliveryLane({
    clock,
    log,
    deliveries: counted,
    onChanged: (listener) => deliveries.changed(listener),
    lane: 'lane',
    bounds: { ...BOUNDS, ...bounds },
    async run(claim) {
      claims.push(claim);
      await new Promise<void>((resolve) => ends.set(claim.delivery.id, resolve));
      ends.delete(claim.delivery.id);
      await claim.settle();
    },
  });
  return {
    clock,
    log,
    deliveries,
    runner,
    claims,
    claimCalls: () => claimCalls,
    running: () => [...ends.keys()],
    end: async (id: string) => {
      ends.get(id)?.();
      await settled();
    },
    accept: async (...ids: readonly string[]) => {
      await deliveries.accept(ids.map((id) => delivery(id, clock.now())));
      await settled();
    },
  };
}

/** `a-1` goes to the target `a`. */
function delivery(id: string, dueAtMs: number, bytes = 1): NewDelivery {
  const target = id.split('-')[0] ?? '';
  return {
    id,
    scope: SCOPE,
    lane: 'lane',
    target,
    payload: new Uint8Array(bytes),
    attributes: null,
    acceptedAtMs: dueAtMs,
    dueAtMs,
  };
}

test('what is accepted is run at once, and what is due later when it is due', async () => {
  const { clock, runner, accept, deliveries, running } = lane();
  runner.start();
  await accept('a-1');
  assert.deepEqual(running(), ['a-1']);
  await deliveries.accept([delivery('a-2', clock.now() + 5000)]);
  await clock.advance(4999);
  assert.deepEqual(running(), ['a-1']);
  await clock.advance(1);
  assert.deepEqual(running(), ['a-1', 'a-2']);
});

test('a target with many deliveries leaves room for the others', async () => {
  const { runner, accept, running, end } = lane();
  await accept('a-1', 'a-2', 'a-3', 'a-4', 'a-5', 'a-6', 'a-7', 'a-8', 'a-9', 'b-1');
  runner.start();
  await settled();
  assert.deepEqual(running(), ['a-1', 'a-2', 'a-3', 'a-4', 'b-1']);
  await accept('c-1');
  assert.deepEqual(running(), ['a-1', 'a-2', 'a-3', 'a-4', 'b-1', 'c-1']);
  await end('a-1');
  await end('a-2');
  assert.deepEqual(running(), ['a-3', 'a-4', 'b-1', 'c-1', 'a-5', 'a-6', 'a-7', 'a-8']);
});

test('a target that is held back is left alone until then, and the others go on', async () => {
  const { clock, runner, accept, running, claimCalls } = lane();
  runner.start();
  runner.hold('a', clock.now() + 10_000);
  await accept('a-1', 'b-1');
  assert.deepEqual(running(), ['b-1']);
  const calls = claimCalls();
  await clock.advance(9999);
  assert.equal(claimCalls(), calls, 'nobody asks again and again');
  await clock.advance(1);
  assert.deepEqual(running(), ['b-1', 'a-1']);
});

test('what becomes due behind a target that is held back is run in time', async () => {
  const { clock, runner, accept, deliveries, running } = lane();
  runner.start();
  runner.hold('a', clock.now() + 60_000);
  await deliveries.accept([delivery('b-1', clock.now() + 3000)]);
  await accept('a-1');
  await clock.advance(3000);
  assert.deepEqual(running(), ['b-1']);
});

test('never more than the bounds say are in flight, by number and by bytes', async () => {
  const { runner, accept, running, end } = lane({ inFlight: 4 });
  await accept('a-1', 'b-1', 'c-1', 'd-1', 'e-1', 'f-1');
  runner.start();
  await settled();
  assert.equal(running().length, 4);
  await end('a-1');
  assert.equal(running().length, 3, 'one place that is free brings no claim');
  await end('b-1');
  assert.deepEqual(running(), ['c-1', 'd-1', 'e-1', 'f-1']);

  const heavy = lane({ bytesInFlight: 1000 });
  await heavy.deliveries.accept([delivery('a-1', heavy.clock.now(), 2000)]);
  heavy.runner.start();
  await settled();
  await heavy.accept('b-1');
  assert.deepEqual(heavy.running(), ['a-1']);
  await heavy.end('a-1');
  assert.deepEqual(heavy.running(), ['b-1']);
});

test('a lane that is stopped finishes what runs, and claims nothing more', async () => {
  const { runner, accept, running, end, deliveries } = lane();
  runner.start();
  await accept('a-1');
  runner.stop();
  await accept('b-1');
  assert.deepEqual(running(), ['a-1']);
  const done = runner.settled();
  await end('a-1');
  await done;
  assert.deepEqual([...deliveries.rows.keys()], ['b-1']);
});

test('what a claim brings after the lane was stopped is given back, and the attempt does not count', async () => {
  const { runner, accept, deliveries, claims } = lane();
  await accept('a-1');
  runner.start();
  runner.stop();
  await runner.settled();
  assert.deepEqual(claims, []);
  assert.equal(deliveries.rows.get('a-1')?.attempt, 0);
});

test('a delivery whose runner throws comes back when its lease ends', async () => {
  const clock = new FakeClock();
  const log = new QuietLog();
  const deliveries = new MemoryDeliveries();
  const attempts: number[] = [];
  const runner = new DeliveryLane({
    clock,
    log,
    deliveries,
    onChanged: (listener) => deliveries.changed(listener),
    lane: 'lane',
    bounds: BOUNDS,
    async run({ delivery: { attempt }, settle }) {
      attempts.push(attempt);
      if (attempt === 1) throw new Error('the store is full');
      await settle();
    },
  });
  await deliveries.accept([delivery('a-1', clock.now())]);
  runner.start();
  await clock.advance(60_000);
  assert.deepEqual(attempts, [1, 2]);
  assert.equal(log.named('lane.delivery-failed').length, 1);
  assert.equal(deliveries.rows.size, 0);
});

test('a claim that fails is tried again', async () => {
  const { clock, runner, accept, deliveries, running, log } = lane();
  deliveries.fault = (verb) => {
    if (verb === 'claimDue') throw new Error('the disk is full');
  };
  runner.start();
  await accept('a-1');
  await clock.advance(60_000);
  assert.deepEqual(running(), []);
  deliveries.fault = () => undefined;
  await clock.advance(1000);
  assert.deepEqual(running(), ['a-1']);
  assert.equal(log.named('lane.claim-failed').length, 1, 'a minute of it is told once');
});

test('a claim that runs long keeps its lease, and one that lost it settles nothing', async () => {
  const { clock, runner, accept, claims, end, deliveries } = lane();
  runner.start();
  await accept('a-1');
  await clock.advance(120_000);
  assert.equal(claims.length, 1, 'nobody else has claimed it');
  const row = deliveries.rows.get('a-1');
  assert(row !== undefined);
  row.fence += 1;
  await clock.advance(10_000);
  assert.equal(claims[0]?.isLost(), true);
  await end('a-1');
  assert.equal(deliveries.rows.size, 1);
});
