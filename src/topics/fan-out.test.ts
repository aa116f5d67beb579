// A message for many subscriptions: it reaches every one of them once, in steps that a kill may fall between.

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
import { TOPIC_LANE } from './fan-out-delivery.ts';
import { createTopics, type Topics } from './topics.ts';

/** Steps follow one another by notice: no time passes. */
const clock = new FakeClock();
const random = seededRandom(1);
const SUBSCRIBERS = 2 * LIMITS.topicFanOutEntries + 1;

interface House {
  readonly store: Store;
  readonly arn: string;
  readonly open: (store?: Store) => Topics;
}

async function house(t: TestContext, subscribers = SUBSCRIBERS): Promise<House> {
  const { store } = await temporaryStore(t, { clock });
  const open = (over = store): Topics =>
    createTopics({
      store: over,
      signingKey: () => Promise.reject(new Error('Nothing of this is signed.')),
      publicUrl: () => 'http://127.0.0.1',
      hasMail: false,
      clock,
      random,
      log: new QuietLog(),
    });
  const topics = open();
  const arn = await topics.administration.create(SCOPE, 'many', {});
  const names = Array.from({ length: subscribers }, (_, place) => `queue-${place}`);
  for (let from = 0; from < names.length; from += 100)
    await Promise.all(
      names.slice(from, from + 100).map((name) =>
        topics.subscriptions.subscribe(SCOPE, 'many', {
          protocol: 'sqs',
          endpoint: `arn:aws:sqs:us-east-1:000000000000:${name}`,
          attributes: { RawMessageDelivery: 'true' },
          principal: 'arn:aws:iam::000000000000:root',
        }),
      ),
    );
  return { store, arn, open };
}

/** The same store, whose deliveries are asked before they are settled. */
function withDeliveries(store: Store, deliveries: Partial<DeliveryQueue>): Store {
  return { ...store, deliveries: { ...store.deliveries, ...deliveries } };
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

const everybody = () =>
  Array.from({ length: SUBSCRIBERS }, (_, place) => `arn:aws:sqs:us-east-1:000000000000:queue-${place}`).toSorted();

test('everybody gets it once, in steps of a bounded size', async (t) => {
  const { store, arn, open } = await house(t);
  const steps: number[] = [];
  const done = new EventEmitter();
  const watched = withDeliveries(store, {
    async settle(id, fence, followUps: readonly NewDelivery[] = []) {
      const settled = await store.deliveries.settle(id, fence, followUps);
      steps.push(followUps.filter(({ lane }) => lane === OUTBOX_LANE).length);
      if (!followUps.some(({ lane }) => lane === TOPIC_LANE)) done.emit('done');
      return settled;
    },
  });
  const topics = open(watched);
  topics.start();
  t.after(() => topics.close());
  const finished = once(done, 'done');
  await topics.publish(SCOPE, arn, { message: 'hello' });
  await finished;
  assert.deepEqual(steps, [LIMITS.topicFanOutEntries, LIMITS.topicFanOutEntries, 1]);
  assert.deepEqual(await outbox(store), everybody());
});

test('what a process that died had left is taken on by the next, and nobody gets it twice', async (t) => {
  const { store, arn, open } = await house(t);
  const died = new EventEmitter();
  // Takes one step, and is never heard of again before its second.
  let steps = 0;
  const mortal = withDeliveries(store, {
    settle(id, fence, followUps) {
      if (steps++ === 0) return store.deliveries.settle(id, fence, followUps);
      died.emit('died');
      return store.deliveries.reschedule(id, fence, clock.now(), { countAttempt: false }).then(() => false);
    },
  });
  const first = open(mortal);
  first.start();
  const dead = once(died, 'died');
  await first.publish(SCOPE, arn, { message: 'hello' });
  await dead;
  await first.close();
  const done = new EventEmitter();
  const second = open(
    withDeliveries(store, {
      async settle(id, fence, followUps: readonly NewDelivery[] = []) {
        const settled = await store.deliveries.settle(id, fence, followUps);
        if (!followUps.some(({ lane }) => lane === TOPIC_LANE)) done.emit('done');
        return settled;
      },
    }),
  );
  const finished = once(done, 'done');
  second.start();
  t.after(() => second.close());
  await finished;
  assert.deepEqual(await outbox(store), everybody());
});

test('a topic that was deleted meanwhile sends nothing more', async (t) => {
  const { store, arn, open } = await house(t);
  const topics = open();
  await topics.publish(SCOPE, arn, { message: 'hello' });
  await topics.administration.remove(SCOPE, 'many');
  const done = new EventEmitter();
  const later = open(
    withDeliveries(store, {
      async settle(id, fence, followUps) {
        const settled = await store.deliveries.settle(id, fence, followUps);
        done.emit('done');
        return settled;
      },
    }),
  );
  const finished = once(done, 'done');
  later.start();
  t.after(() => later.close());
  await finished;
  assert.deepEqual(await outbox(store), []);
});

test('a message that is published again under its id owes nobody a second entry', async (t) => {
  const { store, open } = await house(t, 3);
  const topics = open();
  const arn = 'arn:aws:sns:us-east-1:000000000000:many';
  const messageId = random.uuid();
  await topics.publish(SCOPE, arn, { message: 'hello' }, { messageId });
  await topics.publish(SCOPE, arn, { message: 'hello' }, { messageId });
  assert.equal((await outbox(store)).length, 3);
});

test('a text that one protocol alone gets counts as what it is: no step holds more than its bytes', async (t) => {
  const { store, arn, open } = await house(t, 40);
  const stepsBytes: number[] = [];
  const done = new EventEmitter();
  const watched = withDeliveries(store, {
    async accept(deliveries) {
      assert.deepEqual(new Set(deliveries.map(({ lane }) => lane)), new Set([TOPIC_LANE]), 'the entries are no one step');
      await store.deliveries.accept(deliveries);
    },
    async settle(id, fence, followUps: readonly NewDelivery[] = []) {
      const settled = await store.deliveries.settle(id, fence, followUps);
      const entries = followUps.filter(({ lane }) => lane === OUTBOX_LANE);
      stepsBytes.push(entries.reduce((sum, { payload }) => sum + payload.byteLength, 0));
      if (!followUps.some(({ lane }) => lane === TOPIC_LANE)) done.emit('done');
      return settled;
    },
  });
  const topics = open(watched);
  topics.start();
  t.after(() => topics.close());
  const finished = once(done, 'done');
  const message = JSON.stringify({ default: 'short', sqs: 'x'.repeat(200 * 1024) });
  await topics.publish(SCOPE, arn, { message, structure: 'json' });
  await finished;
  assert.equal(
    stepsBytes.reduce((sum, bytes) => sum + bytes, 0),
    40 * 200 * 1024,
  );
  assert(stepsBytes.every((bytes) => bytes <= LIMITS.topicFanOutBytes));
});
