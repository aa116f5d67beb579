// Receiving against a store that answers as it is told: what is waited for, when it is looked again, and what becomes of what nobody takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import type { MessageStore, ReceivedMessage, ReceiveOutcome, VisibilityChange } from '#store';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { SCOPE } from '../../test/support/invocable.ts';
import { detailsText } from './message-details.ts';
import { MessageReceiving } from './message-receiving.ts';
import { FRESH } from './queue-attributes.ts';
import { QueueDirectory } from './queue-directory.ts';
import { QueueWaiters } from './queue-waiters.ts';
import { bodyOf, settingsOf } from './queue.ts';
import { ReceiveAttempts } from './receive-attempts.ts';

type ReceiveRequest = Parameters<MessageStore['receive']>[0];

const ADDRESS = { scope: SCOPE, name: 'orders' };
const message: ReceivedMessage = {
  sequence: 1,
  receive: 1,
  id: 'one',
  body: 'body',
  details: detailsText({ sender: 'me', digest: 'd' }),
  sentAtMs: 0,
  firstReceivedAtMs: 1,
  receives: 1,
  visibleAtMs: 2,
};
const nothing: ReceiveOutcome = { kind: 'received', messages: [], nextVisibleAtMs: undefined, movedTo: undefined };
const one: ReceiveOutcome = { ...nothing, messages: [message] };

/** Each receive takes the next answer; the last one repeats. */
function house(...answers: readonly (ReceiveOutcome | Promise<ReceiveOutcome>)[]) {
  const clock = new FakeClock();
  const asked: ReceiveRequest[] = [];
  const changes: VisibilityChange[] = [];
  const store = {
    getQueue: () =>
      Promise.resolve({
        ...ADDRESS,
        number: 7,
        createdAtMs: 0,
        revision: 1,
        settings: settingsOf(false, FRESH),
        attributes: bodyOf({ modifiedAtMs: 0, options: FRESH, tags: {} }),
      }),
    receive(request: ReceiveRequest) {
      asked.push(request);
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? nothing);
    },
    changeVisibility(_queue: number, changed: readonly VisibilityChange[]) {
      changes.push(...changed);
      return Promise.resolve({ outcomes: changed.map(() => 'changed' as const), hasUnblocked: false });
    },
  } as Partial<MessageStore> as MessageStore;
  const directory = new QueueDirectory(store);
  const waiters = new QueueWaiters(clock);
  const expiries: number[] = [];
  const retention = { expiresAt: (atMs: number) => void expiries.push(atMs) };
  const attempts = new ReceiveAttempts(store, clock);
  const receiving = new MessageReceiving({ store, directory, waiters, attempts, retention, clock });
  return { clock, asked, changes, waiters, expiries, receiving };
}

test('without a wait it asks once, with the times of the queue', async () => {
  const { clock, asked, receiving } = house(nothing);
  assert.deepEqual(await receiving.receive(ADDRESS, { max: 3 }), []);
  const [request] = asked;
  assert.equal(asked.length, 1);
  assert.equal(request?.visibleAtMs, clock.now() + 30_000);
  assert.equal(request.limit, 3);
  assert.equal(clock.pendingTimers, 0);
});

test('a wait asks again when something arrives, and at no other time', async () => {
  const { clock, asked, waiters, receiving } = house(nothing, nothing, one);
  const waiting = receiving.receive(ADDRESS, { max: 10, waitMs: 20_000 });
  await clock.advance(10_000);
  assert.equal(asked.length, 1);
  waiters.arrived(7);
  await settled();
  assert.equal(asked.length, 2, 'somebody else was faster');
  waiters.arrived(7);
  const [received] = await waiting;
  assert.equal(received?.id, 'one');
  assert.equal(clock.pendingTimers, 0, 'nobody waits any more');
});

test('what arrives while the store is asked is asked for again', async () => {
  const { asked, waiters, receiving } = house(
    new Promise<ReceiveOutcome>((resolve) =>
      setImmediate(() => {
        waiters.arrived(7);
        resolve(nothing);
      }),
    ),
    one,
  );
  assert.equal((await receiving.receive(ADDRESS, { max: 10, waitMs: 20_000 })).length, 1);
  assert.equal(asked.length, 2);
});

test('a wait asks again when the next message is due, and ends when its time is over', async () => {
  const { clock, asked, receiving } = house({ ...nothing, nextVisibleAtMs: new FakeClock().now() + 4000 }, nothing);
  const waiting = receiving.receive(ADDRESS, { max: 10, waitMs: 20_000 });
  await clock.advance(3999);
  assert.equal(asked.length, 1);
  await clock.advance(1);
  assert.equal(asked.length, 2);
  await clock.advance(15_999);
  let isOver = false;
  void waiting.then(() => (isOver = true));
  await settled();
  assert.equal(isOver, false);
  await clock.advance(1);
  assert.deepEqual(await waiting, []);
});

test('a queue with too much in flight is an error for who asks, and none for who waits', async () => {
  const { clock, asked, receiving } = house({ kind: 'overLimit' }, { kind: 'overLimit' }, { kind: 'overLimit' }, one);
  await assert.rejects(receiving.receive(ADDRESS, { max: 1 }), (error) => error instanceof ApiError && error.code === 'OverLimit');
  const waiting = receiving.receive(ADDRESS, { max: 1, waitMs: 20_000 });
  await clock.advance(1000);
  assert.equal(asked.length, 3);
  await clock.advance(1000);
  assert.equal((await waiting).length, 1);
});

test('what comes for a caller who has left is given back, uncounted, and the next is woken', async () => {
  const leaving = new AbortController();
  const { clock, changes, asked, receiving } = house(
    new Promise<ReceiveOutcome>((resolve) =>
      setImmediate(() => {
        leaving.abort();
        resolve(one);
      }),
    ),
    nothing,
    one,
  );
  const left = receiving.receive(ADDRESS, { max: 10, waitMs: 20_000, signal: leaving.signal });
  const staying = receiving.receive(ADDRESS, { max: 10, waitMs: 20_000 });
  assert.deepEqual(await left, []);
  assert.deepEqual(
    changes.map(({ visibleAtMs, isUncounted, receipt }) => [visibleAtMs, isUncounted, receipt.sequence, receipt.receive]),
    [[clock.now(), true, 1, 1]],
  );
  assert.equal((await staying).length, 1);
  assert.equal(asked.length, 3);
});

test('a queue that is gone is not there, for who waits as well', async () => {
  const { waiters, receiving } = house(nothing, { kind: 'absent' });
  const waiting = receiving.receive(ADDRESS, { max: 1, waitMs: 20_000 });
  await settled();
  waiters.arrived(7, Infinity);
  await assert.rejects(waiting, { code: 'QueueDoesNotExist' });
});

test('what moves to the dead letters wakes who waits there, and may expire sooner', async () => {
  const { clock, waiters, expiries, receiving } = house({ ...nothing, movedTo: 9 });
  const line = waiters.join(9);
  await receiving.receive(ADDRESS, { max: 1 });
  assert.equal(line.arrivals, 1);
  assert.deepEqual(expiries, [clock.now()]);
});

test('whoever asks only whether there is something takes nothing', async () => {
  const { clock, asked, waiters, receiving } = house(nothing, { ...nothing, nextVisibleAtMs: 0 });
  const told = receiving.wait(ADDRESS, new AbortController().signal);
  await settled();
  waiters.arrived(7);
  await told;
  assert.deepEqual(
    asked.map(({ limit }) => limit),
    [0, 0],
  );
  assert.equal(clock.pendingTimers, 0);
});
