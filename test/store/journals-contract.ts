// What every JournalStore does: a step is written whole or not at all and by one writer, and what ends goes whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '#kernel';
import type { JournalStep, JournalStore, NewJournal } from '#store';
import { withStore, type OpenStore } from './contract.ts';
import { begin, deliveryIn, journalOf, page, queryOf, stepOf } from './journal-steps.ts';
import { freshScope } from './scopes.ts';

export function journalsContract(implementation: string, open: OpenStore): void {
  withStore(`journals on ${implementation}`, open, (store) => {
    const journals = (): JournalStore => store().journals;

    test('a journal comes back as it was begun, by its name, its number and whole', async () => {
      const begun = journalOf({
        groups: ['version', 'alias'],
        attributes: { version: 2 },
        first: {
          head: '{"at":1}',
          isBusy: true,
          entries: { firstId: 1, count: 2, body: '[1,2]' },
          records: [
            { key: 'b', body: 'second' },
            { key: 'a', body: 'first' },
          ],
          timers: [{ id: 'wait', dueAtMs: 500 }],
        },
      });
      const number = await begin(journals(), begun);
      const { first, ...rest } = begun;
      const row = { ...rest, number, status: 'RUNNING', endedAtMs: undefined };
      assert.deepEqual(await journals().get(number), row);
      assert.deepEqual(await journals().find(begun), row);
      assert.equal(await journals().head(number), first.head);
      assert.deepEqual(await journals().open(number), {
        row,
        revision: 1,
        head: first.head,
        records: new Map([
          ['a', 'first'],
          ['b', 'second'],
        ]),
        timers: new Map([['wait', 500]]),
      });
      assert.deepEqual(await journals().entries(number, page()), [first.entries]);
    });

    test('nobody is found under a name that was not begun', async () => {
      const number = await begin(journals(), journalOf({}));
      assert.equal(await journals().find(journalOf({})), undefined);
      for (const absent of [number + 1_000_000, -1]) {
        assert.equal(await journals().get(absent), undefined);
        assert.equal(await journals().open(absent), undefined);
        assert.equal(await journals().head(absent), undefined);
        assert.equal(await journals().append(absent, 1, stepOf({})), false);
        assert.equal(await journals().remove(absent), false);
        assert.deepEqual(await journals().entries(absent, page()), []);
        assert.deepEqual(await journals().records(absent, { prefix: '', limit: 10 }), []);
      }
    });

    test('of many that begin under one name one has begun, and the others are told which', async () => {
      const begun = journalOf({ groups: ['alias'] });
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, place) => journals().begin({ ...begun, startedAtMs: place, groups: [`alias ${place}`] })),
      );
      const numbers = outcomes.flatMap((outcome) => (outcome.kind === 'begun' ? [outcome.number] : []));
      assert.equal(numbers.length, 1);
      const row = await journals().find(begun);
      assert.equal(row?.number, numbers[0]);
      for (const outcome of outcomes) if (outcome.kind === 'exists') assert.deepEqual(outcome.row, row);
      const listed = await Promise.all(
        outcomes.map((_, place) => journals().list({ ...queryOf(begun), of: { group: `alias ${place}` } })),
      );
      assert.equal(listed.flat().length, 1, 'the others are in no group');
    });

    test('a name is one scope’s, one kind’s and one owner’s', async () => {
      const begun = journalOf({});
      const others: readonly NewJournal[] = [
        { ...begun, scope: freshScope() },
        { ...begun, kind: 'durable' },
        { ...begun, owner: 'another' },
        { ...begun, name: 'another' },
      ];
      const numbers = await Promise.all([begun, ...others].map((each) => begin(journals(), each)));
      assert.equal(new Set(numbers).size, 5);
      assert.deepEqual(
        (await journals().list(queryOf(begun))).map(({ name }) => name),
        ['another', begun.name],
        'the same owner’s, of the same scope and kind',
      );
    });

    test('a step with another revision changes nothing', async () => {
      const lane = `journal-${freshScope().account}`;
      const number = await begin(journals(), journalOf({}));
      const step = stepOf({ head: 'second', isBusy: true, entries: { firstId: 1, count: 1, body: 'one' } });
      assert.equal(await journals().append(number, 1, step), true);
      const before = await everything(journals(), number);
      for (const revision of [0, 1, 3]) {
        const changes: JournalStep = {
          head: 'lost',
          isBusy: false,
          entries: { firstId: 2, count: 1, body: 'two' },
          records: [{ key: 'lost', body: 'lost' }],
          timers: [{ id: 'lost', dueAtMs: 5 }],
          callbacks: [{ token: `lost-${number}`, put: { taskId: 'lost' } }],
          deliveries: [deliveryIn(lane, 'lost')],
          attributes: 'lost',
        };
        assert.equal(await journals().append(number, revision, changes), false);
        const status = { status: 'SUCCEEDED', endedAtMs: 5, expiresAtMs: 6 };
        assert.equal(await journals().append(number, revision, { ...changes, status }), false);
      }
      assert.deepEqual(await everything(journals(), number), before);
      assert.equal(await journals().callback(`lost-${number}`), undefined);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map());
    });

    test('of many that append to one revision one does', async () => {
      const number = await begin(journals(), journalOf({}));
      for (let revision = 1; revision <= 5; revision += 1) {
        const steps = Array.from({ length: 8 }, (_, writer) =>
          journals().append(number, revision, stepOf({ head: `${revision}.${writer}` })),
        );
        const outcomes = await Promise.all(steps);
        assert.equal(outcomes.filter(Boolean).length, 1);
        assert.equal(await journals().head(number), `${revision}.${outcomes.indexOf(true)}`);
      }
    });

    test('what follows from a step is accepted with it, from views into larger buffers as well', async () => {
      const lane = `journal-${freshScope().account}`;
      const payload = Buffer.from('..payload..').subarray(2, 9);
      const first = stepOf({ deliveries: [{ ...deliveryIn(lane, 'first'), payload }] });
      const number = await begin(journals(), journalOf({ first }));
      assert.equal(await journals().append(number, 1, stepOf({ deliveries: [deliveryIn(lane, 'second')] })), true);
      const claimed = await store().deliveries.claimDue({ lane, nowMs: 0, leaseMs: 10, limit: 10 });
      assert.deepEqual(
        claimed.map(({ id, payload: bytes }) => [id, Buffer.from(bytes).toString()]),
        [
          [`${lane}-first`, 'payload'],
          [`${lane}-second`, 'second'],
        ],
      );
    });

    test('a step that cannot be written leaves nothing behind, and those beside it are written', async () => {
      const [whole, broken] = [await begin(journals(), journalOf({})), await begin(journals(), journalOf({}))];
      const entries = { firstId: 1, count: 1, body: 'one' };
      assert.equal(await journals().append(broken, 1, stepOf({ entries })), true);
      const before = await everything(journals(), broken);
      const [good, bad] = await Promise.allSettled([
        journals().append(whole, 1, stepOf({ entries })),
        // An id that is there already: its runner is broken, and must not write a history that lies.
        journals().append(broken, 2, stepOf({ records: [{ key: 'lost', body: 'lost' }], entries })),
      ]);
      assert.deepEqual(good, { status: 'fulfilled', value: true });
      assert.equal(bad.status, 'rejected');
      assert.deepEqual(await everything(journals(), broken), before);
      assert.equal(await journals().append(broken, 2, stepOf({})), true);
    });

    test('what is too long is refused before anything is written', async () => {
      const number = await begin(journals(), journalOf({}));
      const before = await everything(journals(), number);
      const tooLong: readonly Partial<JournalStep>[] = [
        { head: 'x'.repeat(1024 * 1024 + 1) },
        { records: [{ key: 'long', body: 'x'.repeat(16 * 1024 * 1024 + 1) }] },
        { attributes: 'x'.repeat(16 * 1024) },
      ];
      for (const step of tooLong) await assert.rejects(journals().append(number, 1, stepOf(step)), /too long/);
      await assert.rejects(journals().begin(journalOf({ attributes: 'x'.repeat(16 * 1024) })), /too long/);
      await assert.rejects(journals().begin(journalOf({ groups: ['one', 'two', 'three'] })), /two groups/);
      assert.deepEqual(await everything(journals(), number), before);
    });

    test('a journal that is removed is gone at once with all that it had, whatever its length, and its number is never another’s', async () => {
      const { scope, owner, number, token, queue } = await longJournal(journals());
      assert.equal(await journals().remove(number), true);
      assert.equal(await journals().callback(token), undefined);
      assert.deepEqual(await journals().queued(queue, 10), []);
      const timers = await journals().earliestTimers('execution', undefined, 1000);
      assert.deepEqual(
        timers.filter(({ journal }) => journal === number),
        [],
      );
      assert.deepEqual(await journals().busy('execution', number - 1, 1), []);
      assert.deepEqual(await journals().entries(number, page()), []);
      assert.deepEqual(await journals().records(number, { prefix: '', limit: 10 }), []);
      assert.equal(await journals().open(number), undefined);
      assert.deepEqual(await journals().list({ ...queryOf(journalOf({ scope, owner })) }), []);
      assert.deepEqual(await journals().list({ ...queryOf(journalOf({ scope, owner })), of: { group: 'group' } }), []);
      assert.equal(await journals().append(number, 1, stepOf({})), false);
      assert.equal(await journals().remove(number), false);
      const again = await begin(journals(), journalOf({ scope, owner, name: 'long', groups: ['group'] }));
      assert.ok(again > number);
      assert.equal((await journals().list(queryOf(journalOf({ scope, owner })))).length, 1);
    });

    test('those that are running are counted, up to as many as are asked for', async () => {
      const before = await journals().countRunning('map-run', 1000);
      for (const name of ['one', 'two', 'three']) await begin(journals(), { ...journalOf({}), kind: 'map-run', name });
      const status = { status: 'SUCCEEDED', endedAtMs: 1, expiresAtMs: undefined };
      await begin(journals(), { ...journalOf({}), kind: 'map-run', name: 'over', first: stepOf({ status }) });
      assert.equal(await journals().countRunning('map-run', 1000), before + 3);
      assert.equal(await journals().countRunning('map-run', 2), 2);
    });

    test('what has expired goes, some at a time, the longest expired first, and nothing else', async () => {
      const begun = journalOf({});
      const expiring = async (name: string, expiresAtMs: number | undefined): Promise<number> => {
        const status = { status: 'SUCCEEDED', endedAtMs: 1, expiresAtMs };
        return begin(journals(), { ...begun, name, first: stepOf({ status }) });
      };
      // Earlier than what other tests of this store may have left.
      const base = -1e12;
      for (const at of [3, 1, 2, 9]) await expiring(`at ${at}`, base + at);
      await expiring('kept', undefined);
      const names = async (): Promise<readonly string[]> => (await journals().list(queryOf(begun))).map(({ name }) => name);
      assert.equal(await journals().expireSome(base, 10), 0);
      assert.equal(await journals().expireSome(base + 3, 2), 2);
      assert.deepEqual(await names(), ['kept', 'at 9', 'at 3']);
      assert.equal(await journals().expireSome(base + 3, 2), 1);
      assert.equal(await journals().expireSome(base + 3, 2), 0);
      assert.deepEqual(await names(), ['kept', 'at 9']);
    });
  });
}

async function everything(journals: JournalStore, number: number): Promise<readonly unknown[]> {
  return [await journals.open(number), await journals.entries(number, page())];
}

/** Longer than one step of a removal sweeps, in each of its parts. */
async function longJournal(journals: JournalStore) {
  const scope: Scope = freshScope();
  const queue = `queue ${scope.account}`;
  const token = `token ${scope.account}`;
  const owner = 'long ones';
  const many = Array.from({ length: 300 }, (_, index) => `${index}`);
  const first = stepOf({
    isBusy: true,
    records: many.map((key) => ({ key, body: key })),
    timers: many.map((id) => ({ id, dueAtMs: -5 })),
    callbacks: [
      { token, put: { taskId: 'task', queue } },
      ...many.map((each) => ({ token: `${token} ${each}`, put: { taskId: each } })),
    ],
  });
  const number = await begin(journals, journalOf({ scope, owner, name: 'long', groups: ['group'], first }));
  const steps = many.map((_, index) => stepOf({ isBusy: true, entries: { firstId: index + 1, count: 1, body: 'x' } }));
  const written = await Promise.all(steps.map((step, index) => journals.append(number, index + 1, step)));
  assert.ok(written.every(Boolean));
  return { scope, owner, number, token, queue };
}
