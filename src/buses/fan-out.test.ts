// An event for many targets: it reaches every one of them once, in steps that a kill may fall between.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import { entryOfDelivery, OUTBOX_LANE } from '#outbox';
import type { DeliveryQueue, NewDelivery, Store } from '#store';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { SCOPE } from '../../test/support/logs-house.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { temporaryStore } from '../../test/support/temporary-store.ts';
import { createBuses, type Buses } from './buses.ts';
import { eventArn, ruleArn } from './bus-names.ts';
import { BUS_LANE } from './fan-out.ts';
import { RuleRecords } from './rule-record.ts';

/** Steps follow one another by notice: no time passes. */
const clock = new FakeClock(Date.UTC(2026, 10, 21, 12));
const random = seededRandom(1);
const RULES = (2 * LIMITS.busFanOutEntries) / LIMITS.targetsPerRule + 1;
const TARGETS = Array.from({ length: LIMITS.targetsPerRule }, (_, place) => place);
const EVENT = { source: 'shop', detailType: 'order', detail: '{"n":1}' };
const queueOf = (rule: number, target: number) => `arn:aws:sqs:us-east-1:000000000000:queue-${rule}-${target}`;
const everybody = (rules = RULES) =>
  Array.from({ length: rules }, (_, rule) => TARGETS.map((target) => queueOf(rule, target)))
    .flat()
    .toSorted();

async function house(t: TestContext, rules = RULES) {
  const { store } = await temporaryStore(t, { clock });
  const records = new RuleRecords(store.resources);
  const pattern = JSON.stringify({ source: ['shop'] });
  await store.resources.commit(
    Array.from({ length: rules }, (_, rule) => {
      const targets = TARGETS.map((target) => ({ id: `${target}`, arn: queueOf(rule, target) }));
      return records.put(SCOPE, `default/rule-${rule}`, { createdAtMs: 0, pattern, state: 'ENABLED', tags: {}, targets }, 'absent');
    }),
  );
  const open = (deliveries: Partial<DeliveryQueue> = {}): Buses =>
    createBuses({
      store: { ...store, deliveries: { ...store.deliveries, ...deliveries } },
      secretKeys: { secretKey: new Uint8Array(32) },
      sendTokenRequest: () => Promise.reject(new Error('Nobody asks for a token here.')),
      clock,
      random,
      log: new QuietLog(),
    });
  return { store, open };
}

/** A settling that notes each step, and says when there is no more to come. */
function watched(store: Store) {
  const steps: number[] = [];
  const done = new EventEmitter();
  const settle: DeliveryQueue['settle'] = async (id, fence, followUps: readonly NewDelivery[] = []) => {
    const settled = await store.deliveries.settle(id, fence, followUps);
    steps.push(followUps.filter(({ lane }) => lane === OUTBOX_LANE).length);
    if (!followUps.some(({ lane }) => lane === BUS_LANE)) done.emit('done');
    return settled;
  };
  return { steps, settle, finished: once(done, 'done') };
}

async function outbox({ deliveries }: Store): Promise<readonly string[]> {
  const targets: string[] = [];
  for (;;) {
    const claimed = await deliveries.claimDue({ lane: OUTBOX_LANE, nowMs: clock.now(), leaseMs: 60_000, limit: 1000 });
    if (claimed.length === 0) return targets.toSorted();
    for (const delivery of claimed) {
      const { target } = entryOfDelivery(delivery);
      targets.push('arn' in target ? target.arn : '');
    }
  }
}

test('everybody gets it once, in steps of a bounded size', async (t) => {
  const { store, open } = await house(t);
  const accepted: number[] = [];
  const { steps, settle, finished } = watched(store);
  const buses = open({
    settle,
    accept(deliveries) {
      accepted.push(deliveries.length);
      return store.deliveries.accept(deliveries);
    },
  });
  buses.start();
  t.after(() => buses.close());
  const [outcome] = await buses.putEvents(SCOPE, [EVENT]);
  assert.equal(outcome?.kind, 'accepted');
  await finished;
  assert.deepEqual(accepted, [1]);
  assert.deepEqual(steps, [LIMITS.busFanOutEntries, LIMITS.busFanOutEntries, LIMITS.targetsPerRule]);
  assert.deepEqual(await outbox(store), everybody());
});

test('what a process that died had left is taken on by the next, and nobody gets it twice', async (t) => {
  const { store, open } = await house(t);
  const died = new EventEmitter();
  // Takes one step, and is never heard of again before its second.
  let steps = 0;
  const first = open({
    settle(id, fence, followUps) {
      if (steps++ === 0) return store.deliveries.settle(id, fence, followUps);
      died.emit('died');
      return store.deliveries.reschedule(id, fence, clock.now(), { countAttempt: false }).then(() => false);
    },
  });
  first.start();
  const dead = once(died, 'died');
  await first.putEvents(SCOPE, [EVENT]);
  await dead;
  await first.close();
  const { settle, finished } = watched(store);
  const second = open({ settle });
  second.start();
  t.after(() => second.close());
  await finished;
  assert.deepEqual(await outbox(store), everybody());
});

test('several events share a step, and who finds no room in it is on its way by itself', async (t) => {
  const { store, open } = await house(t, 10);
  const accepted: number[] = [];
  const buses = open({
    accept(deliveries) {
      accepted.push(deliveries.filter(({ lane }) => lane === BUS_LANE).length);
      return store.deliveries.accept(deliveries);
    },
  });
  const detail = JSON.stringify({ text: 'x'.repeat(LIMITS.busFanOutBytes / 80) });
  // Fifty times the first is more than half of a step's bytes.
  await buses.putEvents(SCOPE, [
    { ...EVENT, detail },
    { ...EVENT, detail },
  ]);
  await buses.putEvents(SCOPE, [EVENT, EVENT]);
  assert.deepEqual(accepted, [1, 0]);
});

test('an event that is put again under its id is on its way once', async (t) => {
  const { store, open } = await house(t);
  const { steps, settle, finished } = watched(store);
  const buses = open({ settle });
  t.after(() => buses.close());
  const origin = { id: 'same', account: SCOPE.account, region: SCOPE.region, hops: 1 };
  for (let times = 0; times < 2; times += 1)
    await buses.putEvents(SCOPE, [{ ...EVENT, origin }], { service: 'events.amazonaws.com', arn: 'arn:x' });
  buses.start();
  await finished;
  assert.equal(steps.length, 3);
});

test('the rules that a replay has chosen go along, and see it as a replay', async (t) => {
  const { store, open } = await house(t);
  const { settle, finished } = watched(store);
  const buses = open({ settle });
  buses.start();
  await buses.archives.create(SCOPE, 'all', { busArn: 'default' });
  await buses.putEvents(SCOPE, [EVENT]);
  await finished;
  await outbox(store);
  await buses.close();
  const again = watched(store);
  const replaying = open({ settle: again.settle });
  replaying.start();
  t.after(() => replaying.close());
  const chosen = Array.from({ length: RULES - 1 }, (_, rule) => ruleArn(SCOPE, 'default', `rule-${rule}`));
  await replaying.replays.start(SCOPE, 'again', {
    archiveArn: eventArn(SCOPE, { kind: 'archive', name: 'all' }),
    busArn: 'default',
    ruleArns: chosen,
    fromMs: clock.now() - 1000,
    untilMs: clock.now() + 1000,
  });
  await again.finished;
  assert.deepEqual(await outbox(store), everybody(RULES - 1));
});
