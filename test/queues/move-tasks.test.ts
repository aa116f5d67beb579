// A redrive goes on after a restart, and ends once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, realRandom } from '../../src/main/ambient.ts';
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
