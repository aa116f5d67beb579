// A real queue as a source: messages arrive by notice, and what is given back was never received.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { createQueues, parseQueueArn } from '#queues';
import type { Queues } from '#queues';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { SCOPE } from '../../../test/support/invocable.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { temporaryStore } from '../../../test/support/temporary-store.ts';
import type { QueueRecord } from './queue-record.ts';
import { queueSource } from './queue-source.ts';
import type { Source } from './source.ts';
import { SourceMissing } from './source.ts';

const NEVER = new AbortController().signal;

interface House {
  readonly queues: Queues;
  readonly clock: FakeClock;
  readonly source: Source<QueueRecord>;
  readonly arn: string;
  readonly send: (body: string, groupId?: string) => Promise<void>;
  readonly receive: (max?: number) => Promise<readonly QueueRecord[]>;
}

async function house(t: TestContext, name: string, attributes: Readonly<Record<string, string>> = {}): Promise<House> {
  const { store } = await temporaryStore(t);
  const clock = new FakeClock();
  const queues = createQueues({ store, scopes: [SCOPE], clock, random: seededRandom(1), log: new QuietLog() });
  t.after(() => queues.close());
  const arn = `arn:aws:sqs:${SCOPE.region}:${SCOPE.account}:${name}`;
  const address = parseQueueArn(arn);
  assert.ok(address);
  await queues.administration.create(address, attributes);
  const source = queueSource({ queues, arn, windowMs: 0 });
  return {
    queues,
    clock,
    source,
    arn,
    send: async (body, groupId) => {
      const [outcome] = await queues.send(address, [{ body, groupId, deduplicationId: groupId && `${groupId}/${body}` }], 'tester');
      assert.equal(outcome?.kind, 'sent');
    },
    receive: (max = 10) => source.receive(max, NEVER),
  };
}

const bodies = (records: readonly QueueRecord[]) => records.map(({ document }) => document['body']);
const counts = (records: readonly QueueRecord[]) =>
  records.map(({ document }) => (document['attributes'] as Record<string, string>)['ApproximateReceiveCount']);

test('a receive waits for a message, and ends when it is told to', async (t) => {
  const { source, send } = await house(t, 'waiting');
  const waiting = source.receive(10, NEVER);
  await send('a');
  assert.deepEqual(bodies(await waiting), ['a']);
  const ending = new AbortController();
  const ended = source.receive(10, ending.signal);
  ending.abort();
  assert.deepEqual(await ended, []);
});

test('what is given back can be received at once, and was never received', async (t) => {
  const { source, send, receive, queues, arn } = await house(t, 'returning');
  await send('a');
  for (let i = 0; i < 3; i += 1) {
    const records = await receive();
    assert.deepEqual(counts(records), ['1']);
    await source.giveBack(records);
  }
  const records = await receive();
  await source.acknowledge(records);
  assert.deepEqual(await queues.counts(parseQueueArn(arn) ?? assert.fail()), { visible: 0, inFlight: 0, delayed: 0 });
});

test('of a group, what is given back stays in its place', async (t) => {
  const { source, send, receive } = await house(t, 'ordered.fifo', { FifoQueue: 'true' });
  assert.equal(source.isOrdered, true);
  for (const body of ['1', '2', '3']) await send(body, 'g');
  const first = await receive();
  assert.deepEqual(bodies(first), ['1', '2', '3']);
  await source.giveBack(first);
  const again = await receive();
  assert.deepEqual(bodies(again), ['1', '2', '3']);
  assert.deepEqual(counts(again), ['1', '1', '1']);
  // The rest of a batch that did not fit goes back while its beginning runs.
  await source.giveBack(again.slice(1));
  await send('other', 'h');
  assert.deepEqual(bodies(await receive()), ['other']);
  await source.acknowledge(again.slice(0, 1));
  const rest = await receive();
  assert.deepEqual(bodies(rest), ['2', '3']);
  assert.deepEqual(counts(rest), ['1', '1']);
});

test('a message may wait for its batch as long as the window lasts, before it is shown to others', async (t) => {
  const { queues, arn, clock, send } = await house(t, 'windowed', { VisibilityTimeout: '40' });
  const windowed = queueSource({ queues, arn, windowMs: 5000 });
  await send('a');
  await windowed.receive(1, NEVER);
  await clock.advance(44_999);
  assert.deepEqual(await queues.counts(parseQueueArn(arn) ?? assert.fail()), { visible: 0, inFlight: 1, delayed: 0 });
  await clock.advance(1);
  assert.deepEqual(await queues.counts(parseQueueArn(arn) ?? assert.fail()), { visible: 1, inFlight: 0, delayed: 0 });
});

test('what arrives is hidden for as long as the queue says by then, however long it was waited for', async (t) => {
  for (const windowMs of [0, 5000]) {
    const { queues, arn, clock, send } = await house(t, `changing${windowMs}`, { VisibilityTimeout: '3' });
    const address = parseQueueArn(arn) ?? assert.fail();
    const waiting = queueSource({ queues, arn, windowMs }).receive(1, NEVER);
    await queues.administration.setAttributes(address, { VisibilityTimeout: '40' });
    await send('a');
    assert.deepEqual(bodies(await waiting), ['a']);
    await clock.advance(39_000);
    assert.equal((await queues.counts(address)).inFlight, 1);
  }
});

test('without its queue a source says so', async (t) => {
  const { source, queues, arn } = await house(t, 'gone');
  await queues.administration.remove(parseQueueArn(arn) ?? assert.fail());
  await assert.rejects(source.receive(1, NEVER), SourceMissing);
});
