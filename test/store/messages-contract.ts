// What every MessageStore does: messages become visible, are received by one at a time, and go when they are removed, moved or too old.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore, NewMessage, QueueRow, QueueSettings, ReceivedMessage } from '#store';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

const HOUR_MS = 3_600_000;

export function messagesContract(implementation: string, open: OpenStore): void {
  withStore(`messages on ${implementation}`, open, (store) => {
    const messages = (): MessageStore => store().messages;

    test('a queue comes back as it was made, and another of its name is not made', async () => {
      const scope = freshScope();
      const wanted = { scope, name: 'orders', createdAtMs: 5, settings: SETTINGS, attributes: { delay: 3 } };
      const { kind, queue } = await messages().createQueue(wanted);
      assert.equal(kind, 'created');
      assert.deepEqual(queue, { ...wanted, number: queue.number, revision: queue.revision });
      assert.deepEqual(await messages().getQueue(scope, 'orders'), queue);
      const again = await messages().createQueue({ ...wanted, attributes: {} });
      assert.deepEqual(again, { kind: 'exists', queue });
      assert.equal(await messages().getQueue(scope, 'other'), undefined);
    });

    test('a queue is changed by whoever knows its revision, and listed by name and by its dead-letter queue', async () => {
      const scope = freshScope();
      const [a, b] = [await queueIn(messages(), scope, 'a'), await queueIn(messages(), scope, 'b')];
      const settings = { ...SETTINGS, deadLetter: { name: 'dead', receivesMax: 4 } };
      const changed = await messages().changeQueue({ ...b, settings, attributes: { x: 1 } });
      assert.deepEqual(changed, { ...b, settings, attributes: { x: 1 }, revision: changed?.revision });
      assert.equal(await messages().changeQueue({ ...b, settings, attributes: {} }), undefined, 'the revision was spent');
      const names = async (query: object) => (await messages().listQueues({ scope, limit: 10, ...query })).map(({ name }) => name);
      assert.deepEqual(await names({}), ['a', 'b']);
      assert.deepEqual(await names({ after: 'a' }), ['b']);
      assert.deepEqual(await names({ prefix: 'a' }), ['a']);
      assert.deepEqual(await names({ deadLetter: 'dead' }), ['b']);
      assert.equal(await messages().removeQueue(a.number), true);
      assert.equal(await messages().removeQueue(a.number), false);
      assert.deepEqual(await names({}), ['b']);
    });

    test('a message comes back whole, hidden for its time and under another receipt each time', async () => {
      const queue = await queueIn(messages());
      const long = `${'é'.repeat(5000)}\u{1f600}`;
      const [sent] = (await messages().send(queue.number, [messageOf('one', { body: long, details: '{"a":1}' })])) ?? [];
      assert.deepEqual(sent, { id: 'one', sequence: sent?.sequence, isDuplicate: false });
      const [first] = await received(messages(), queue, 10);
      assert.deepEqual(first, {
        sequence: sent?.sequence,
        receive: 1,
        id: 'one',
        body: long,
        details: '{"a":1}',
        sentAtMs: 0,
        firstReceivedAtMs: 10,
        receives: 1,
        visibleAtMs: 110,
      });
      assert.deepEqual(await outcome(messages(), queue, 109), { ids: [], next: 110 });
      const [second] = await received(messages(), queue, 110);
      assert.equal(second?.receive, 2);
      assert.equal(second?.firstReceivedAtMs, 10);
      assert(first !== undefined && second !== undefined);
      const removed = await messages().remove(queue.number, [first, second, second], 111);
      assert.deepEqual(removed, { outcomes: ['stale', 'removed', 'gone'], hasUnblocked: false });
      assert.deepEqual(await outcome(messages(), queue, 1000), { ids: [], next: undefined });
    });

    test('a message is sent in the step that settles the delivery that it comes from, and only with its claim', async () => {
      const queue = await queueIn(messages());
      const { deliveries } = store();
      const lane = `to-${queue.number}`;
      const waiting = { id: lane, scope: freshScope(), lane, target: 't', payload: new Uint8Array(), attributes: null };
      await deliveries.accept([{ ...waiting, acceptedAtMs: 0, dueAtMs: 0 }]);
      const claim = { lane, leaseMs: 10, limit: 1 };
      const [first] = await deliveries.claimDue({ ...claim, nowMs: 0 });
      const [second] = await deliveries.claimDue({ ...claim, nowMs: 10 });
      assert(first !== undefined && second !== undefined);
      assert.equal(await messages().sendSettling(queue.number, [messageOf('one')], first), 'lost');
      assert.equal(await messages().sendSettling(999_999, [messageOf('one')], second), undefined);
      assert.equal(await deliveries.count(lane, 10), 1, 'a queue that is not there settles nothing');
      const sent = await messages().sendSettling(queue.number, [messageOf('one')], second);
      assert.equal(typeof sent === 'object' && sent[0]?.id, 'one');
      assert.equal(await deliveries.count(lane, 10), 0);
      assert.equal(await messages().sendSettling(queue.number, [messageOf('one')], second), 'lost');
      assert.deepEqual((await outcome(messages(), queue, 0)).ids, ['one']);
    });

    test('whoever asks for none learns when there is one', async () => {
      const queue = await queueIn(messages());
      assert.deepEqual(await outcome(messages(), queue, 0, 0), { ids: [], next: undefined });
      await messages().send(queue.number, [messageOf('late', { visibleAtMs: 70 })]);
      assert.deepEqual(await outcome(messages(), queue, 0, 0), { ids: [], next: 70 });
      assert.deepEqual(await outcome(messages(), queue, 70), { ids: ['late'], next: 170 });
    });

    test('of many receivers at once, each message goes to one', async () => {
      const queue = await queueIn(messages());
      const ids = Array.from({ length: 40 }, (_, index) => `shared-${index}`);
      await messages().send(
        queue.number,
        ids.map((id) => messageOf(id)),
      );
      const claims = await Promise.all(ids.map(() => received(messages(), queue, 1, 3)));
      assert.deepEqual(claims.flat().map(idOf).sort(), ids.toSorted());
    });

    test('a visibility timeout of nothing brings a message once a receive', async () => {
      const queue = await queueIn(messages());
      await messages().send(queue.number, [messageOf('a'), messageOf('b')]);
      const request = { queue: queue.number, nowMs: 5, visibleAtMs: 5, limit: 10, inFlightMax: 100, source: 's' };
      const first = await messages().receive(request);
      assert.deepEqual(first.kind === 'received' && first.messages.map(idOf), ['a', 'b']);
      const second = await messages().receive(request);
      assert.deepEqual(second.kind === 'received' && second.messages.map(({ receives }) => receives), [2, 2]);
    });

    test('the visibility of what is in flight can be changed, under its last receipt alone', async () => {
      const queue = await queueIn(messages());
      await messages().send(queue.number, [messageOf('a')]);
      const [first] = await received(messages(), queue, 0);
      assert(first !== undefined);
      const change = async (receipt: ReceivedMessage, visibleAtMs: number, nowMs: number) =>
        (await messages().changeVisibility(queue.number, [{ receipt, visibleAtMs }], nowMs))?.outcomes;
      assert.deepEqual(await change(first, 500, 50), ['changed']);
      assert.deepEqual(await outcome(messages(), queue, 499), { ids: [], next: 500 });
      assert.deepEqual(await change(first, 600, 500), ['notInFlight']);
      const [second] = await received(messages(), queue, 500);
      assert(second !== undefined);
      assert.deepEqual(await change(first, 501, 501), ['stale']);
      assert.deepEqual(await change(second, 502, 501), ['changed']);
      await messages().remove(queue.number, [second], 501);
      assert.deepEqual(await change(second, 600, 501), ['gone']);
    });

    test('what is given back uncounted was not received, and its receipt is spent', async () => {
      const queue = await queueIn(messages());
      await messages().send(queue.number, [messageOf('a')]);
      const [first] = await received(messages(), queue, 0);
      assert(first !== undefined);
      await messages().changeVisibility(queue.number, [{ receipt: first, visibleAtMs: 1, isUncounted: true }], 1);
      const [second] = await received(messages(), queue, 2);
      assert.equal(second?.receives, 1);
      assert.deepEqual((await messages().remove(queue.number, [first], 3))?.outcomes, ['stale']);
    });

    test('what is given back uncounted comes no nearer to the dead-letter queue, and only its last receipt can say so', async () => {
      for (const [settings, suffix] of [
        [SETTINGS, ''],
        [FIFO, '.fifo'],
      ] as const) {
        const scope = freshScope();
        const dead = await queueIn(messages(), scope, `dead${suffix}`, settings);
        const deadLetter = { name: dead.name, receivesMax: 1 };
        const queue = await queueIn(messages(), scope, `live${suffix}`, { ...settings, deadLetter });
        await messages().send(queue.number, [messageOf('a', settings.isFifo ? { group: 'g' } : {})]);
        const giveBack = async (receipt: ReceivedMessage, nowMs: number) =>
          (await messages().changeVisibility(queue.number, [{ receipt, visibleAtMs: nowMs, isUncounted: true }], nowMs))?.outcomes;
        let last: ReceivedMessage | undefined;
        for (const nowMs of [0, 10, 20]) {
          const [again] = await received(messages(), queue, nowMs);
          assert(again !== undefined);
          assert.equal(again.receives, 1);
          if (last !== undefined) assert.deepEqual(await giveBack(last, nowMs), ['stale']);
          assert.deepEqual(await giveBack(again, nowMs + 1), ['changed']);
          assert.deepEqual(await giveBack(again, nowMs + 1), ['notInFlight'], 'it is given back once');
          last = again;
        }
        assert.equal((await received(messages(), queue, 30)).length, 1);
        assert.deepEqual((await outcome(messages(), queue, 130)).ids, [], 'the receive that ran out counts');
        assert.deepEqual((await outcome(messages(), dead, 130)).ids, ['a']);
      }
    });

    test('a queue that has as much in flight as it may gives nothing until something is shown or removed', async () => {
      const queue = await queueIn(messages());
      await messages().send(
        queue.number,
        ['a', 'b', 'c'].map((id) => messageOf(id)),
      );
      const receive = (nowMs: number) =>
        messages().receive({ queue: queue.number, nowMs, visibleAtMs: nowMs + 5000, limit: 1, inFlightMax: 2, source: 's' });
      for (const nowMs of [1, 2]) assert.equal((await receive(nowMs)).kind, 'received');
      assert.deepEqual(await receive(3), { kind: 'overLimit' });
      assert.equal((await receive(6000)).kind, 'received', 'both are visible again');
    });

    test('a receive passes over what is too old, and counts show what is hidden', async () => {
      const queue = await queueIn(messages(), freshScope(), 'aging', { ...SETTINGS, retentionMs: 1000 });
      await messages().send(queue.number, [
        messageOf('old'),
        messageOf('young', { sentAtMs: 900 }),
        messageOf('delayed', { sentAtMs: 900, visibleAtMs: 5000 }),
      ]);
      assert.deepEqual(await messages().counts(queue.number, 950), { visible: 2, inFlight: 0, delayed: 1 });
      assert.deepEqual(await outcome(messages(), queue, 1000), { ids: ['young'], next: 1100 });
      assert.deepEqual(await messages().counts(queue.number, 1001), { visible: 0, inFlight: 1, delayed: 1 });
    });

    test('a walk forgets what is too old and tells when the next expires', async () => {
      const queue = await queueIn(messages(), freshScope(), 'walked', { ...SETTINGS, retentionMs: 1000 });
      const fifo = await queueIn(messages(), freshScope(), 'walked.fifo', { ...FIFO, retentionMs: 1000 });
      await messages().send(queue.number, [messageOf('old', { body: 'x'.repeat(9000) }), messageOf('young', { sentAtMs: 600 })]);
      await messages().send(fifo.number, [messageOf('old', { group: 'g' }), messageOf('next', { group: 'g', sentAtMs: 600 })]);
      const [held] = await received(messages(), fifo, 10, 1);
      assert.equal(held?.id, 'old');
      let after: number | undefined = 0;
      let earliestMs = Infinity;
      while (after !== undefined) {
        const step: { after: number | undefined; earliestMs: number | undefined } = await messages().expireSome(after, 1100, 3);
        ({ after } = step);
        earliestMs = Math.min(earliestMs, step.earliestMs ?? Infinity);
      }
      assert.equal(earliestMs, 1600);
      assert.deepEqual(await messages().counts(queue.number, 1100), { visible: 1, inFlight: 0, delayed: 0 });
      assert.deepEqual(await outcome(messages(), fifo, 1100), { ids: ['next'], next: 1200 }, 'its group goes on');
    });

    test('a purge and a removal take everything at once, and a new queue of the name is empty', async () => {
      const scope = freshScope();
      const queue = await queueIn(messages(), scope, 'full');
      await messages().send(
        queue.number,
        Array.from({ length: 30 }, (_, index) => messageOf(`m${index}`, { body: 'x'.repeat(index * 100 + 1) })),
      );
      const [held] = await received(messages(), queue, 1, 1);
      assert(held !== undefined);
      assert.equal(await messages().purge(queue.number), true);
      assert.deepEqual(await messages().counts(queue.number, 2), { visible: 0, inFlight: 0, delayed: 0 });
      assert.deepEqual((await messages().remove(queue.number, [held], 2))?.outcomes, ['gone']);
      await messages().send(queue.number, [messageOf('after')]);
      assert.deepEqual(await outcome(messages(), queue, 2), { ids: ['after'], next: 102 });
      assert.equal(await messages().removeQueue(queue.number), true);
      assert.equal(await messages().send(queue.number, [messageOf('late')]), undefined);
      assert.equal(await messages().remove(queue.number, [held], 3), undefined);
      assert.equal(await messages().counts(queue.number, 3), undefined);
      const again = await queueIn(messages(), scope, 'full');
      assert.notEqual(again.number, queue.number);
      assert.deepEqual(await outcome(messages(), again, 1000), { ids: [], next: undefined });
    });

    test('a look takes nothing', async () => {
      const queue = await queueIn(messages());
      await messages().send(queue.number, [messageOf('a'), messageOf('b'), messageOf('hidden', { visibleAtMs: 50 })]);
      for (const nowMs of [10, 11]) assert.deepEqual((await messages().peek(queue.number, nowMs, 5)).map(idOf), ['a', 'b']);
      assert.deepEqual((await messages().peek(queue.number, 10, 1)).map(idOf), ['a']);
    });
  });
}

export const SETTINGS: QueueSettings = { isFifo: false, retentionMs: HOUR_MS };
export const FIFO: QueueSettings = { isFifo: true, retentionMs: HOUR_MS };

export const idOf = ({ id }: { readonly id: string }): string => id;

export async function queueIn(
  messages: MessageStore,
  scope = freshScope(),
  name = 'queue',
  settings = SETTINGS,
): Promise<QueueRow> {
  return (await messages.createQueue({ scope, name, createdAtMs: 0, settings, attributes: {} })).queue;
}

export function messageOf(id: string, more: Partial<NewMessage> = {}): NewMessage {
  const { sentAtMs = 0 } = more;
  return { id, body: `body of ${id}`, details: '{}', sentAtMs, visibleAtMs: sentAtMs, ...more };
}

/** Hidden for a tenth of a second. */
export async function received(
  messages: MessageStore,
  { number: queue }: QueueRow,
  nowMs: number,
  limit = 10,
): Promise<readonly ReceivedMessage[]> {
  const request = { queue, nowMs, visibleAtMs: nowMs + 100, limit, inFlightMax: 1000, source: 'arn:of:source' };
  const found = await messages.receive(request);
  assert(found.kind === 'received');
  return found.messages;
}

export async function outcome(messages: MessageStore, { number: queue }: QueueRow, nowMs: number, limit = 10) {
  const request = { queue, nowMs, visibleAtMs: nowMs + 100, limit, inFlightMax: 1000, source: 'arn:of:source' };
  const found = await messages.receive(request);
  assert(found.kind === 'received');
  return { ids: found.messages.map(idOf), next: found.nextVisibleAtMs };
}
