// A redrive goes on after a restart, and ends once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SCOPE } from '../support/invocable.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { createQueues } from '#queues';

test('what had begun goes on with the next process, and moves each message once', async (t) => {
  const { store } = await temporaryStore(t, { clock: realClock });
  const open = () => {
    const queues = createQueues({ store, scopes: [SCOPE], clock: realClock, random: realRandom, log: new QuietLog() });
    queues.start();
    return queues;
  };
  const address = (name: string) => ({ scope: SCOPE, name });
  const first = open();
  const dead = await first.administration.create(address('dead'), {});
  await first.administration.create(address('live'), {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
  });
  const messages = Array.from({ length: 12 }, (_, at) => ({ body: `message ${at}` }));
  await first.send(address('live'), messages, 'sender');
  await first.receive(address('live'), { max: 100, visibilitySeconds: 0 });
  assert.deepEqual(await first.receive(address('live'), { max: 100 }), []);
  assert.equal((await first.counts(dead)).visible, 12);

  await first.moveTasks.start(SCOPE, { sourceArn: dead.arn, perSecond: 10 });
  const early = await first.receive(address('live'), { max: 100, waitMs: 20_000 });
  assert(early.length > 0);
  await first.close();
  const [held] = await first.moveTasks.list(SCOPE, dead.arn, 1);
  assert.equal(held?.status, 'RUNNING');

  const second = open();
  const bodies = early.map(({ body }) => body);
  while (bodies.length < messages.length) {
    bodies.push(...(await second.receive(address('live'), { max: 100, waitMs: 20_000 })).map(({ body }) => body));
  }
  assert.deepEqual(new Set(bodies), new Set(messages.map(({ body }) => body)));
  assert.equal(bodies.length, messages.length);
  let [task] = await second.moveTasks.list(SCOPE, dead.arn, 1);
  while (task?.status === 'RUNNING') [task] = await second.moveTasks.list(SCOPE, dead.arn, 1);
  assert.equal(task?.status, 'COMPLETED');
  assert.deepEqual(await second.counts(dead), { visible: 0, inFlight: 0, delayed: 0 });
  await second.close();
});

test('a cancellation that cannot be written is tried again when its time has come, and not at once', async (t) => {
  const { store } = await temporaryStore(t, { clock: realClock });
  const clock = new FakeClock();
  let isFull = true;
  let refusals = 0;
  const resources: typeof store.resources = {
    ...store.resources,
    commit(changes) {
      if (!isFull || !JSON.stringify(changes).includes('CANCELLED')) return store.resources.commit(changes);
      refusals += 1;
      // Whoever tries again at once would never leave a turn to this test.
      if (refusals === 100) isFull = false;
      return Promise.reject(new Error('the disk is full'));
    },
  };
  const queues = createQueues({
    store: { messages: store.messages, resources },
    scopes: [SCOPE],
    clock,
    random: realRandom,
    log: new QuietLog(),
  });
  const dead = await queues.administration.create({ scope: SCOPE, name: 'dead' }, {});
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
  const live = await queues.administration.create({ scope: SCOPE, name: 'live' }, { RedrivePolicy });
  await queues.send(dead, [{ body: 'one' }, { body: 'two' }], 'sender');
  const handle = await queues.moveTasks.start(SCOPE, { sourceArn: dead.arn, destinationArn: live.arn, perSecond: 1 });
  while ((await queues.counts(live)).visible === 0);
  await queues.moveTasks.cancel(handle);
  // More turns than a hundred tries would take.
  for (let turn = 0; turn < 1000; turn += 1) await new Promise(setImmediate);
  assert.equal(refusals, 1);
  isFull = false;
  await clock.advance(10_000);
  let [task] = await queues.moveTasks.list(SCOPE, dead.arn, 1);
  while (task?.status === 'CANCELLING') [task] = await queues.moveTasks.list(SCOPE, dead.arn, 1);
  assert.equal(task?.status, 'CANCELLED');
  await queues.close();
});
