// What a FIFO topic knows of its messages outlives the process, and ends with its window.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import { OUTBOX_LANE } from '#outbox';
import type { Store } from '#store';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { SCOPE } from '../../test/support/logs-house.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { temporaryStore } from '../../test/support/temporary-store.ts';
import { createTopics, type Topics } from './topics.ts';

const random = seededRandom(7);

async function house(t: TestContext) {
  const clock = new FakeClock();
  const { store } = await temporaryStore(t, { clock });
  const open = (): Topics =>
    createTopics({
      store,
      signingKey: () => Promise.reject(new Error('Ordered messages are not signed.')),
      publicUrl: () => 'http://127.0.0.1',
      hasMail: false,
      clock,
      random,
      log: new QuietLog(),
    });
  const topics = open();
  const arn = await topics.administration.create(SCOPE, 'orders.fifo', { attributes: { FifoTopic: 'true' } });
  await topics.subscriptions.subscribe(SCOPE, 'orders.fifo', {
    protocol: 'sqs',
    endpoint: 'arn:aws:sqs:us-east-1:000000000000:orders.fifo',
    attributes: {},
    principal: 'arn:aws:iam::000000000000:root',
  });
  const publish = (over: Topics, deduplicationId: string) =>
    over.publish(SCOPE, arn, { message: 'hello', groupId: 'g', deduplicationId });
  return { clock, store, arn, topics, open, publish };
}

async function owed({ deliveries }: Store): Promise<number> {
  return [...(await deliveries.backlog(OUTBOX_LANE)).values()].reduce((sum, count) => sum + count, 0);
}

test('a process that starts anew knows the messages of the last, and numbers on', async (t) => {
  const { store, topics, open, publish } = await house(t);
  const first = await publish(topics, 'a');
  const next = open();
  assert.deepEqual(await publish(next, 'a'), first);
  const second = await publish(next, 'b');
  assert.ok((second.sequenceNumber ?? '') > (first.sequenceNumber ?? ''));
  assert.equal(await owed(store), 2);
});

test('two processes that number the same topic both find numbers that grow', async (t) => {
  const { store, topics, open, publish } = await house(t);
  const other = open();
  const numbers: string[] = [];
  for (const [place, over] of [topics, other, topics, other].entries())
    numbers.push((await publish(over, `d${place}`)).sequenceNumber ?? '');
  assert.deepEqual(numbers, numbers.toSorted());
  assert.equal(new Set(numbers).size, 4);
  assert.equal(await owed(store), 4);
});

test('a message is new again when its window has passed', async (t) => {
  const { clock, store, topics, publish } = await house(t);
  const first = await publish(topics, 'a');
  await clock.advance(LIMITS.topicDeduplicationMs - 1);
  assert.deepEqual(await publish(topics, 'a'), first);
  await clock.advance(1);
  assert.notEqual((await publish(topics, 'a')).messageId, first.messageId);
  assert.equal(await owed(store), 2);
});

test('a topic that is made again under its name knows nothing of the old one', async (t) => {
  const { store, topics, publish } = await house(t);
  const first = await publish(topics, 'a');
  await topics.administration.remove(SCOPE, 'orders.fifo');
  await topics.administration.create(SCOPE, 'orders.fifo', { attributes: { FifoTopic: 'true' } });
  const again = await publish(topics, 'a');
  assert.notEqual(again.messageId, first.messageId);
  assert.ok((again.sequenceNumber ?? '') > (first.sequenceNumber ?? ''));
  assert.equal(await owed(store), 1);
});
