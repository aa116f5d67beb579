// What every MessageStore does beyond single queues: strict order in groups, deduplication, dead-letter queues and the way back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { MessageStore, QueueRow } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { FIFO, idOf, messageOf, outcome, queueIn, received, SETTINGS } from './messages-contract.ts';
import { freshScope } from './scopes.ts';

export function messageOrderContract(implementation: string, open: OpenStore): void {
  withStore(`the order of messages on ${implementation}`, open, (store) => {
    const messages = (): MessageStore => store().messages;
    const fifo = () => queueIn(messages(), freshScope(), 'queue.fifo', FIFO);
    const inGroups = (groups: Readonly<Record<string, string>>) =>
      Object.entries(groups).map(([id, group]) => messageOf(id, { group }));

    test('while one of a group is in flight the rest of it waits, and other groups do not', async () => {
      const queue = await fifo();
      await messages().send(queue.number, inGroups({ a1: 'a', a2: 'a', b1: 'b', a3: 'a' }));
      const [a1] = await received(messages(), queue, 1, 1);
      assert.equal(a1?.id, 'a1');
      assert.deepEqual((await outcome(messages(), queue, 2)).ids, ['b1']);
      assert.deepEqual(await outcome(messages(), queue, 3), { ids: [], next: 101 });
      assert.deepEqual(await messages().counts(queue.number, 3), { visible: 2, inFlight: 2, delayed: 0 });
      assert.deepEqual(await messages().remove(queue.number, [a1], 4), { outcomes: ['removed'], hasUnblocked: true });
      assert.deepEqual((await outcome(messages(), queue, 5)).ids, ['a2', 'a3']);
    });

    test('what becomes visible again comes before what came later', async () => {
      const queue = await fifo();
      await messages().send(queue.number, inGroups({ a1: 'a', a2: 'a', a3: 'a' }));
      const [, a2, ...more] = await received(messages(), queue, 1, 2);
      assert(a2 !== undefined && more.length === 0);
      assert.deepEqual(await messages().remove(queue.number, [a2], 2), { outcomes: ['removed'], hasUnblocked: false });
      assert.deepEqual((await outcome(messages(), queue, 100)).ids, []);
      assert.deepEqual((await outcome(messages(), queue, 101)).ids, ['a1', 'a3']);
    });

    test('a group is held up by the last of it that is in flight, and a receipt that ran out is refused', async () => {
      const queue = await fifo();
      await messages().send(queue.number, inGroups({ a1: 'a', a2: 'a' }));
      const [a1, a2] = await received(messages(), queue, 0, 2);
      assert(a1 !== undefined && a2 !== undefined);
      const shown = await messages().changeVisibility(queue.number, [{ receipt: a1, visibleAtMs: 1 }], 1);
      assert.deepEqual(shown, { outcomes: ['changed'], hasUnblocked: false });
      assert.deepEqual(await outcome(messages(), queue, 50), { ids: [], next: 100 });
      assert.deepEqual((await messages().remove(queue.number, [a2], 100))?.outcomes, ['expired']);
      assert.deepEqual((await outcome(messages(), queue, 100)).ids, ['a1', 'a2']);
      assert.deepEqual((await messages().remove(queue.number, [a1], 101))?.outcomes, ['expired']);
    });

    test('another delay is for what is there and was not received yet', async () => {
      const queue = await fifo();
      const delayed = { visibleAtMs: 500 };
      await messages().send(queue.number, [messageOf('held', { group: 'h' }), messageOf('h2', { group: 'h', ...delayed })]);
      assert.deepEqual((await received(messages(), queue, 1, 1)).map(idOf), ['held']);
      await messages().send(queue.number, [
        messageOf('a1', { group: 'a', ...delayed }),
        messageOf('b1', { group: 'b', sentAtMs: 50, ...delayed }),
      ]);
      assert.deepEqual(await outcome(messages(), queue, 2), { ids: [], next: 101 });
      const changed = await messages().changeQueue({ ...queue, delayMs: 10 });
      assert.deepEqual(await outcome(messages(), queue, 20), { ids: ['a1'], next: 60 });
      assert.deepEqual(await outcome(messages(), queue, 60), { ids: ['b1'], next: 101 });
      assert(changed !== undefined);
      await messages().send(queue.number, [messageOf('c1', { group: 'c', sentAtMs: 60 })]);
      await messages().changeQueue({ ...changed, delayMs: 900 });
      assert.deepEqual((await outcome(messages(), queue, 200)).ids, ['held', 'a1', 'b1'], 'h2 has another delay now');
    });

    test('groups that are ready take turns', async () => {
      const queue = await fifo();
      const groups = { a1: 'a', a2: 'a', a3: 'a', b1: 'b', b2: 'b', c1: 'c' };
      await messages().send(queue.number, inGroups(groups));
      const order: string[] = [];
      for (let nowMs = 1; order.length < Object.keys(groups).length; nowMs += 1) {
        const [message] = await received(messages(), queue, nowMs, 1);
        assert(message !== undefined);
        order.push(message.id);
        await messages().remove(queue.number, [message], nowMs);
      }
      assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    });

    test('many groups that are held up do not hide the one that is not', async () => {
      const queue = await fifo();
      const groups = Array.from({ length: 300 }, (_, index) => `group-${index}`);
      await messages().send(
        queue.number,
        groups.flatMap((group) => [messageOf(`${group}/1`, { group }), messageOf(`${group}/2`, { group })]),
      );
      for (let taken = 0; taken < groups.length;) taken += (await received(messages(), queue, 1, 1)).length;
      await messages().send(queue.number, [messageOf('free', { group: 'free', sentAtMs: 2 })]);
      assert.deepEqual((await outcome(messages(), queue, 2)).ids, ['free']);
    });

    test('a key is stored once until its time is over, also when its message is gone', async () => {
      const queue = await fifo();
      const send = async (id: string, sentAtMs: number, key = 'k') =>
        messages().send(queue.number, [messageOf(id, { group: 'g', sentAtMs, deduplication: { key, untilMs: sentAtMs + 300 } })]);
      const [first] = (await send('first', 0)) ?? [];
      assert.deepEqual(await send('second', 299), [{ ...first, isDuplicate: true }]);
      const taken = await received(messages(), queue, 299);
      assert.deepEqual(taken.map(idOf), ['first']);
      await messages().remove(queue.number, taken, 299);
      assert.deepEqual(await send('third', 299), [{ ...first, isDuplicate: true }]);
      assert.equal((await send('other key', 299, 'l'))?.[0]?.isDuplicate, false);
      assert.equal((await send('fourth', 300))?.[0]?.isDuplicate, false);
      const twice = { group: 'g', deduplication: { key: 'm', untilMs: 999 } };
      const both = await messages().send(queue.number, [messageOf('x', twice), messageOf('y', twice)]);
      assert.deepEqual(both?.map(idOf), ['x', 'x']);
    });

    test('the same receive again brings the same messages under the same receipts, unless something happened to them', async () => {
      const queue = await fifo();
      await messages().send(queue.number, inGroups({ a1: 'a', a2: 'a', b1: 'b' }));
      const taken = await received(messages(), queue, 1);
      const times = { nowMs: 50, visibleAtMs: 500 };
      const again = await messages().receiveAgain(queue.number, taken, times);
      assert.deepEqual(
        again,
        taken.map((message) => ({ ...message, visibleAtMs: 500 })),
      );
      assert.deepEqual(await outcome(messages(), queue, 499), { ids: [], next: 500 });
      await messages().remove(queue.number, taken.slice(0, 1), 60);
      assert.equal(await messages().receiveAgain(queue.number, taken, times), undefined);
    });

    for (const settings of [SETTINGS, FIFO]) {
      const kind = settings.isFifo ? 'FIFO' : 'standard';
      const group = settings.isFifo ? { group: 'g' } : {};
      const suffix = settings.isFifo ? '.fifo' : '';

      test(`what was received too often moves to the dead-letter queue, of ${kind} queues`, async () => {
        const scope = freshScope();
        const deadLetter = { name: `dead${suffix}`, receivesMax: 2 };
        const queue = await queueIn(messages(), scope, `live${suffix}`, { ...settings, deadLetter });
        await messages().send(queue.number, [
          messageOf('poison', { ...group, body: 'x'.repeat(4000) }),
          messageOf('good', { ...group, sentAtMs: 250 }),
        ]);
        for (const nowMs of [0, 100, 200])
          assert.equal((await received(messages(), queue, nowMs, 1))[0]?.id, 'poison', 'there is none yet');
        const dead = await queueIn(messages(), scope, `dead${suffix}`, settings);
        const moving = await messages().receive({
          queue: queue.number,
          nowMs: 300,
          visibleAtMs: 400,
          limit: 2,
          inFlightMax: 9,
          source: 'arn:live',
        });
        assert(moving.kind === 'received');
        assert.deepEqual(moving.messages.map(idOf), ['good']);
        assert.equal(moving.movedTo, dead.number);
        const [letter] = await received(messages(), dead, 300);
        assert.deepEqual(
          { ...letter, sequence: 0, body: letter?.body.length },
          {
            sequence: 0,
            receive: 1,
            id: 'poison',
            body: 4000,
            details: '{}',
            sentAtMs: settings.isFifo ? 300 : 0,
            firstReceivedAtMs: letter?.firstReceivedAtMs,
            receives: 4,
            visibleAtMs: 400,
            deadLetterSource: 'arn:live',
          },
        );
        assert.deepEqual(await messages().counts(queue.number, 300), { visible: 0, inFlight: 1, delayed: 0 });
        assert.deepEqual(await messages().counts(dead.number, 300), { visible: 0, inFlight: 1, delayed: 0 });
      });

      test(`a redrive brings them back as new ones, of ${kind} queues`, async () => {
        const scope = freshScope();
        const live = await queueIn(messages(), scope, `live${suffix}`, {
          ...settings,
          deadLetter: { name: `dead${suffix}`, receivesMax: 1 },
        });
        const dead = await queueIn(messages(), scope, `dead${suffix}`, settings);
        await messages().send(
          live.number,
          ['a', 'b', 'c'].map((id) => messageOf(id, group)),
        );
        assert.equal((await received(messages(), live, 1)).length, 3);
        await messages().receive({
          queue: live.number,
          nowMs: 200,
          visibleAtMs: 300,
          limit: 9,
          inFlightMax: 9,
          source: `arn:x:${live.name}`,
        });
        const move = (ids: readonly string[], destination?: QueueRow) =>
          messages().move({ source: dead.number, destination: destination?.number, ids, nowMs: 400 });
        assert.deepEqual(await move(['new-a', 'new-b']), { moved: 2, destinations: [live.number], obstacle: undefined });
        const back = await received(messages(), live, 400);
        assert.deepEqual(back.map(idOf), ['new-a', 'new-b']);
        assert.deepEqual(
          back.map(({ body, sentAtMs, receives, deadLetterSource }) => ({ body, sentAtMs, receives, deadLetterSource })),
          ['body of a', 'body of b'].map((body) => ({ body, sentAtMs: 400, receives: 1, deadLetterSource: undefined })),
        );
        await messages().send(dead.number, [messageOf('stray', { ...group, sentAtMs: 300 })]);
        assert.deepEqual(await move(['x', 'y']), { moved: 1, destinations: [live.number], obstacle: 'originUnknown' });
        const elsewhere = await queueIn(messages(), scope, `elsewhere${suffix}`, settings);
        assert.deepEqual(await move(['z', 'none'], elsewhere), { moved: 1, destinations: [elsewhere.number], obstacle: undefined });
        await messages().removeQueue(elsewhere.number);
        await messages().send(dead.number, [messageOf('last', group)]);
        assert.equal((await move(['q'], elsewhere)).obstacle, 'destinationAbsent');
      });
    }

    test('however it is received, shown and removed, a group keeps its order and loses nothing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
          const queue = await fifo();
          await keepsOrder(messages(), queue, steps);
        }),
        { numRuns: effort(30, 500) },
      );
    });
  });
}

type Step =
  | { readonly kind: 'send'; readonly group: number }
  | { readonly kind: 'receive'; readonly limit: number }
  | { readonly kind: 'remove' | 'show'; readonly place: number }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), group: fc.nat(2) }),
  fc.record({ kind: fc.constant('receive' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'show' as const), place: fc.nat(3) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 200) }),
);

interface Held {
  readonly group: string;
  readonly index: number;
}

/** A message is received only when nothing of its group is in flight, and nothing before it is left. */
async function keepsOrder(messages: MessageStore, queue: QueueRow, steps: readonly Step[]): Promise<void> {
  const left = new Map<string, number[]>();
  let inFlight: (Held & { message: Awaited<ReturnType<typeof received>>[number] })[] = [];
  let nowMs = 1;
  let sent = 0;
  for (const each of steps) {
    inFlight = inFlight.filter(({ message }) => message.visibleAtMs > nowMs);
    if (each.kind === 'wait') nowMs += each.ms;
    if (each.kind === 'send') {
      const group = `g${each.group}`;
      sent += 1;
      await messages.send(queue.number, [messageOf(`${group}/${sent}`, { group, sentAtMs: nowMs })]);
      left.set(group, [...(left.get(group) ?? []), sent]);
    }
    if (each.kind === 'receive') {
      const blocked = new Set(inFlight.map(({ group }) => group));
      const expected = [...left].filter(([group, indexes]) => !blocked.has(group) && indexes.length > 0);
      const taken = (await received(messages, queue, nowMs, each.limit)).map((message) => {
        const [group = '', index] = message.id.split('/');
        return { group, index: Number(index), message };
      });
      assert(taken.length > 0 || expected.length === 0, 'what can be received is received');
      for (const [group, indexes] of left) {
        const mine = taken.filter((held) => held.group === group).map(({ index }) => index);
        assert(mine.length === 0 || !blocked.has(group), 'nothing of the group was in flight');
        assert.deepEqual(mine, indexes.slice(0, mine.length), 'the first that are left, in their order');
      }
      inFlight.push(...taken);
    }
    const held = each.kind === 'remove' || each.kind === 'show' ? inFlight[each.place] : undefined;
    if (held === undefined) continue;
    inFlight = inFlight.filter((other) => other !== held);
    if (each.kind === 'show') {
      await messages.changeVisibility(queue.number, [{ receipt: held.message, visibleAtMs: nowMs }], nowMs);
    } else {
      assert.deepEqual((await messages.remove(queue.number, [held.message], nowMs))?.outcomes, ['removed']);
      left.set(
        held.group,
        (left.get(held.group) ?? []).filter((index) => index !== held.index),
      );
    }
  }
}
