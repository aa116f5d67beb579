// What every JournalStore tells: entries and records in pages, timers and callbacks in their order, lists by whatever they are asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalQuery, JournalStep, JournalStore, NewJournal } from '#store';
import { withStore, type OpenStore } from './contract.ts';
import { begin, journalOf, page, queryOf, stepOf } from './journal-steps.ts';
import { freshScope } from './scopes.ts';

export function journalReadingContract(implementation: string, open: OpenStore): void {
  withStore(`reading journals on ${implementation}`, open, (store) => {
    const journals = (): JournalStore => store().journals;

    test('entries are read from any id on, in both directions, step by step', async () => {
      const number = await begin(journals(), journalOf({}));
      const steps = [
        { firstId: 1, count: 3, body: 'one to three' },
        { firstId: 4, count: 1, body: 'four' },
        { firstId: 5, count: 2, body: 'five and six' },
      ] as const;
      for (const [index, entries] of steps.entries()) await journals().append(number, index + 1, stepOf({ entries }));
      const from = async (fromId: number, order: 'forwards' | 'backwards', limit = 10): Promise<readonly number[]> =>
        (await journals().entries(number, { fromId, order, limit })).map(({ firstId }) => firstId);
      assert.deepEqual(await journals().entries(number, page()), steps);
      assert.deepEqual(await from(3, 'forwards'), [1, 4, 5]);
      assert.deepEqual(await from(4, 'forwards'), [4, 5]);
      assert.deepEqual(await from(6, 'forwards'), [5]);
      assert.deepEqual(await from(7, 'forwards'), []);
      assert.deepEqual(await from(6, 'backwards'), [5, 4, 1]);
      assert.deepEqual(await from(4, 'backwards'), [4, 1]);
      assert.deepEqual(await from(2, 'backwards'), [1]);
      assert.deepEqual(await from(1_000_000, 'backwards', 2), [5, 4]);
      assert.deepEqual(await from(1, 'forwards', 2), [1, 4]);
    });

    test('a page of large entries or records is cut, and goes on where it ended', async () => {
      const large = 'x'.repeat(600_000);
      const number = await begin(journals(), journalOf({}));
      for (let id = 1; id <= 4; id += 1) {
        const step = stepOf({ entries: { firstId: id, count: 1, body: large }, records: [{ key: `r${id}`, body: large }] });
        assert.equal(await journals().append(number, id, step), true);
      }
      const first = await journals().entries(number, page());
      assert.deepEqual(
        first.map(({ firstId }) => firstId),
        [1, 2],
      );
      const second = await journals().entries(number, { ...page(), fromId: 3 });
      assert.deepEqual(
        second.map(({ firstId }) => firstId),
        [3, 4],
      );
      const keys = async (after: string | undefined): Promise<readonly string[]> =>
        (await journals().records(number, { prefix: 'r', after, limit: 10 })).map(({ key }) => key);
      assert.deepEqual(await keys(undefined), ['r1', 'r2']);
      assert.deepEqual(await keys('r2'), ['r3', 'r4']);
      assert.deepEqual(await keys('r4'), []);
    });

    test('records are read by a prefix, in the order of their bytes, and removed', async () => {
      const keys = ['a', 'map/1', 'map/10', 'map/2', 'map/\u{1f600}', 'map/\u{ffff}', 'map0'];
      const number = await begin(journals(), journalOf({ first: stepOf({ records: keys.map((key) => ({ key, body: key })) }) }));
      const read = async (prefix: string, after?: string, limit = 10): Promise<readonly string[]> =>
        (await journals().records(number, { prefix, after, limit })).map(({ key }) => key);
      assert.deepEqual(await read('map/'), ['map/1', 'map/10', 'map/2', 'map/\u{ffff}', 'map/\u{1f600}']);
      assert.deepEqual(await read('map/', 'map/10', 2), ['map/2', 'map/\u{ffff}']);
      assert.equal((await read('')).length, keys.length);
      await journals().append(
        number,
        1,
        stepOf({
          records: [
            { key: 'map/10', body: undefined },
            { key: 'a', body: 'changed' },
          ],
        }),
      );
      assert.deepEqual(await read('map/1'), ['map/1']);
      assert.equal((await journals().open(number))?.records.get('a'), 'changed');
    });

    test('the earliest timers of a kind come first, from where a page ended', async () => {
      const kind = 'durable';
      const owner = `timers ${freshScope().account}`;
      const base = 1e15;
      const first = stepOf({ timers: [30, 10].map((at) => ({ id: `t${at}`, dueAtMs: base + at })) });
      const one = await begin(journals(), journalOf({ kind, owner, name: 'one', first }));
      const other = await begin(
        journals(),
        journalOf({ kind, owner, name: 'other', first: stepOf({ timers: [{ id: 't20', dueAtMs: base + 20 }] }) }),
      );
      await begin(journals(), journalOf({ kind: 'map-run', owner, first }));
      const before = { dueAtMs: base, journal: 0, id: '' };
      const all = await journals().earliestTimers(kind, before, 10);
      assert.deepEqual(all, [
        { journal: one, id: 't10', dueAtMs: base + 10 },
        { journal: other, id: 't20', dueAtMs: base + 20 },
        { journal: one, id: 't30', dueAtMs: base + 30 },
      ]);
      assert.deepEqual(await journals().earliestTimers(kind, before, 2), all.slice(0, 2));
      assert.deepEqual(await journals().earliestTimers(kind, all[1], 10), all.slice(2));
      const changes = [
        { id: 't10', dueAtMs: undefined },
        { id: 't30', dueAtMs: base + 5 },
      ];
      await journals().append(one, 1, stepOf({ timers: changes }));
      assert.deepEqual(await journals().earliestTimers(kind, before, 10), [{ journal: one, id: 't30', dueAtMs: base + 5 }, all[1]]);
      assert.deepEqual((await journals().open(one))?.timers, new Map([['t30', base + 5]]));
    });

    test('a callback is found by its token, waits in its queue until it is taken, and is gone when it is answered', async () => {
      const queue = `queue ${freshScope().account}`;
      const tokens = ['x', 'y', 'z'].map((name) => `${name} ${queue}`);
      const [x = '', y = '', z = ''] = tokens;
      const put = (token: string, inQueue?: string): JournalStep['callbacks'] => [
        { token, put: { taskId: token, queue: inQueue } },
      ];
      const one = await begin(journals(), journalOf({ first: stepOf({ callbacks: put(z, queue) }) }));
      const other = await begin(journals(), journalOf({ first: stepOf({ callbacks: put(x, queue) }) }));
      await journals().append(one, 1, stepOf({ callbacks: put(y) }));
      assert.deepEqual(await journals().callback(y), { journal: one, token: y, taskId: y });
      assert.deepEqual(await journals().queued(queue, 10), [
        { journal: one, token: z, taskId: z },
        { journal: other, token: x, taskId: x },
      ]);
      assert.deepEqual(await journals().queued(queue, 1), [{ journal: one, token: z, taskId: z }]);
      await journals().append(one, 2, stepOf({ callbacks: put(z) }));
      assert.deepEqual(await journals().queued(queue, 10), [{ journal: other, token: x, taskId: x }]);
      assert.deepEqual(await journals().callback(z), { journal: one, token: z, taskId: z }, 'who took it may answer');
      await journals().append(one, 3, stepOf({ callbacks: [z, x].map((token) => ({ token, put: undefined })) }));
      assert.equal(await journals().callback(z), undefined);
      assert.deepEqual(await journals().callback(x), { journal: other, token: x, taskId: x }, 'another journal’s stays');
      await assert.rejects(journals().append(one, 4, stepOf({ callbacks: put(x) })), /another journal/);
    });

    test('the busy are those whose last step says so', async () => {
      const busyAmong = async (numbers: readonly number[]): Promise<readonly number[]> => {
        const busy = await journals().busy('map-run', (numbers[0] ?? 0) - 1, 1000);
        return busy.filter((number) => numbers.includes(number));
      };
      const isBusy = (busy: boolean): Partial<NewJournal> => ({ kind: 'map-run', first: stepOf({ isBusy: busy }) });
      const numbers: number[] = [];
      for (const busy of [true, false, true]) numbers.push(await begin(journals(), journalOf(isBusy(busy))));
      const [one = 0, two = 0, three = 0] = numbers;
      await begin(journals(), journalOf({ first: stepOf({ isBusy: true }) }));
      assert.deepEqual(await busyAmong(numbers), [one, three]);
      assert.deepEqual(await journals().busy('map-run', one, 1), [three]);
      await journals().append(two, 1, stepOf({ isBusy: true }));
      await journals().append(three, 1, stepOf({ isBusy: true }));
      await journals().append(
        one,
        1,
        stepOf({ isBusy: false, status: { status: 'FAILED', endedAtMs: 1, expiresAtMs: undefined } }),
      );
      assert.deepEqual(await busyAmong(numbers), [two, three]);
    });

    test('lists go by owner or group, by status, by time, both ways, in pages', async () => {
      const begun = journalOf({});
      const { scope, kind, owner } = begun;
      const numbers: number[] = [];
      for (const place of [0, 1, 2, 3, 4, 5, 6])
        numbers.push(
          await begin(journals(), {
            ...begun,
            name: `n${place}`,
            // Two began at the same time.
            startedAtMs: place === 4 ? 30 : place * 10,
            groups: place % 2 === 0 ? ['even', 'all'] : ['all'],
          }),
        );
      const end = (place: number, status: string): Promise<boolean> =>
        journals().append(numbers[place] ?? 0, 1, stepOf({ status: { status, endedAtMs: 99, expiresAtMs: undefined } }));
      await end(1, 'SUCCEEDED');
      await end(3, 'FAILED');
      await end(4, 'FAILED');
      const names = async (query: Partial<JournalQuery>): Promise<string> =>
        (await journals().list({ scope, kind, of: { owner }, order: 'newest', limit: 100, ...query }))
          .map(({ name }) => name.slice(1))
          .join('');
      assert.equal(await names({}), '6543210');
      assert.equal(await names({ order: 'oldest' }), '0123456');
      assert.equal(await names({ statuses: ['FAILED'] }), '43');
      assert.equal(await names({ statuses: ['FAILED', 'RUNNING', 'FAILED', 'UNHEARD'] }), '654320');
      assert.equal(await names({ statuses: [] }), '');
      assert.equal(await names({ of: { group: 'even' } }), '6420');
      assert.equal(await names({ of: { group: 'even' }, statuses: ['RUNNING'], order: 'oldest' }), '026');
      assert.equal(await names({ of: { group: owner } }), '', 'an owner is no group');
      assert.equal(await names({ of: { owner: 'even' } }), '');
      assert.equal(await names({ startedAfterMs: 10, startedBeforeMs: 50 }), '432');
      assert.equal(await names({ startedAfterMs: 10, startedBeforeMs: 50, order: 'oldest' }), '234');
      const all = await journals().list({ scope, kind, of: { group: 'all' }, order: 'newest', limit: 100 });
      for (const order of ['newest', 'oldest'] as const) {
        const expected = order === 'newest' ? '6543210' : '0123456';
        for (const limit of [1, 2, 3]) {
          let walked = '';
          let after: JournalQuery['after'];
          for (;;) {
            const rows = await journals().list({ scope, kind, of: { group: 'all' }, order, limit, after });
            walked += rows.map(({ name }) => name.slice(1)).join('');
            after = rows.at(-1);
            if (after === undefined) break;
          }
          assert.equal(walked, expected);
        }
        const after = all.find(({ name }) => name === 'n4');
        assert.equal(await names({ order, after, startedBeforeMs: 30 }), order === 'newest' ? '210' : '');
        assert.equal(await names({ order, after, startedAfterMs: 40 }), order === 'newest' ? '' : '56');
      }
      const even = { scope, kind, of: { group: 'even' }, order: 'oldest', limit: 10 } as const;
      assert.equal((await journals().list({ ...even, statuses: ['FAILED'] })).length, 1);
      assert.equal((await journals().list({ ...even, statuses: ['RUNNING'] })).length, 3);
      assert.deepEqual(await journals().list({ ...even, of: { group: 'none' } }), []);
    });

    test('an end and a new beginning are seen in the row, and new attributes', async () => {
      const begun = journalOf({ groups: ['alias'] });
      const number = await begin(journals(), begun);
      const ended = { status: 'FAILED', endedAtMs: 50, expiresAtMs: 90 };
      await journals().append(number, 1, stepOf({ status: ended, attributes: { redrives: 0 } }));
      const row = await journals().get(number);
      assert.deepEqual([row?.status, row?.endedAtMs, row?.attributes], ['FAILED', 50, { redrives: 0 }]);
      await journals().append(number, 2, stepOf({ status: { status: 'RUNNING', endedAtMs: undefined, expiresAtMs: undefined } }));
      assert.deepEqual(await journals().find(begun), { ...row, status: 'RUNNING', endedAtMs: undefined });
      const listed = await journals().list({ ...queryOf(begun), of: { group: 'alias' } });
      assert.deepEqual(
        listed.map(({ status }) => status),
        ['RUNNING'],
      );
    });

    test('a journal may end with the step that begins it', async () => {
      const status = { status: 'SUCCEEDED', endedAtMs: 7, expiresAtMs: undefined };
      const begun = journalOf({ first: stepOf({ status }) });
      const number = await begin(journals(), begun);
      const row = await journals().get(number);
      assert.deepEqual([row?.status, row?.endedAtMs], ['SUCCEEDED', 7]);
      assert.deepEqual(await journals().list({ ...queryOf(begun), statuses: ['SUCCEEDED'] }), [row]);
    });
  });
}
