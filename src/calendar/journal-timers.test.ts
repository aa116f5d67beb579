// Timers of journals on a fake clock, over a real store: each is told when it is due, and waiting costs nothing but one timer of the process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { inlineStore } from '../../test/support/inline-store.ts';
import { SCOPE } from '../../test/support/invocable.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { JournalTimers } from './journal-timers.ts';
import type { TimerChange } from './journal-timers.ts';

const MINUTE_MS = 60_000;

function house(t: TestContext) {
  const clock = new FakeClock();
  const startMs = clock.now();
  const log = new QuietLog();
  const store = inlineStore(t);
  const { journals } = store;
  const revisions = new Map<number, number>();
  const fired: (readonly [number, readonly string[], number])[] = [];
  /** What else is done with what is told; by default its journal cancels it. */
  const owner = {
    take: (journal: number, ids: readonly string[]) =>
      change(
        journal,
        ids.map((id) => ({ id, dueAtMs: undefined })),
      ),
  };
  let reads = 0;
  const timers = new JournalTimers({
    clock,
    log,
    kind: 'durable',
    journals: {
      earliestTimers(...query) {
        reads += 1;
        return journals.earliestTimers(...query);
      },
    },
    async fire(journal, ids) {
      fired.push([journal, ids.toSorted(), clock.now() - startMs]);
      await owner.take(journal, ids);
    },
  });

  async function change(journal: number, changes: readonly TimerChange[], isKnown = true): Promise<void> {
    const revision = revisions.get(journal) ?? 1;
    assert(await journals.append(journal, revision, { head: '{}', isBusy: false, timers: changes }));
    revisions.set(journal, revision + 1);
    if (isKnown) timers.note(journal, changes);
  }

  async function begin(name: string): Promise<number> {
    const key = { scope: SCOPE, kind: 'durable', owner: 'f', name } as const;
    const begun = await journals.begin({
      ...key,
      startedAtMs: startMs,
      groups: [],
      attributes: {},
      first: { head: '{}', isBusy: false },
    });
    assert(begun.kind === 'begun');
    return begun.number;
  }

  return { clock, startMs, log, store, timers, fired, owner, change, begin, reads: () => reads };
}

test('timers that are due together are told together, to their own journals', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  timers.start();
  const [one, other] = [await begin('one'), await begin('other')];
  await change(one, [
    { id: 'a', dueAtMs: startMs + MINUTE_MS },
    { id: 'b', dueAtMs: startMs + MINUTE_MS },
    { id: 'c', dueAtMs: startMs + 2 * MINUTE_MS },
  ]);
  await change(other, [{ id: 'a', dueAtMs: startMs + MINUTE_MS }]);
  await clock.advance(MINUTE_MS - 1);
  assert.deepEqual(fired, []);
  await clock.advance(1);
  assert.deepEqual(fired.splice(0), [
    [one, ['a', 'b'], MINUTE_MS],
    [other, ['a'], MINUTE_MS],
  ]);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired, [[one, ['c'], 2 * MINUTE_MS]]);
  assert.equal(clock.pendingTimers, 0, 'nothing waits for nothing');
});

test('one that was moved is told at its new time, and one that was cancelled never', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  timers.start();
  const journal = await begin('one');
  await change(journal, [
    { id: 'moved', dueAtMs: startMs + MINUTE_MS },
    { id: 'gone', dueAtMs: startMs + MINUTE_MS },
  ]);
  await change(journal, [
    { id: 'moved', dueAtMs: startMs + 3 * MINUTE_MS },
    { id: 'gone', dueAtMs: undefined },
  ]);
  await clock.advance(10 * MINUTE_MS);
  assert.deepEqual(fired, [[journal, ['moved'], 3 * MINUTE_MS]]);
});

test('what an earlier process has set is found at the start, and what was due meanwhile is told at once', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  const journal = await begin('one');
  const set = [
    { id: 'late', dueAtMs: startMs - MINUTE_MS },
    { id: 'soon', dueAtMs: startMs + MINUTE_MS },
  ];
  await change(journal, set, false);
  timers.start();
  await clock.advance(0);
  assert.deepEqual(fired.splice(0), [[journal, ['late'], 0]]);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired, [[journal, ['soon'], MINUTE_MS]]);
});

test('far more than are held in memory are told, each once and in time, and the store is read once a window', async (t) => {
  const { clock, startMs, timers, fired, change, begin, reads } = house(t);
  const journal = await begin('one');
  const ids = Array.from({ length: 5000 }, (_, index) => `t${String(index).padStart(4, '0')}`);
  await change(
    journal,
    ids.map((id, index) => ({ id, dueAtMs: startMs + (index + 1) * 1000 })),
    false,
  );
  timers.start();
  await settled();
  assert.equal(clock.pendingTimers, 1);
  await clock.advance(2_500_000);
  // Set earlier than what is held: it must not wait for the next read.
  await change(journal, [{ id: 'early', dueAtMs: startMs + 2_500_500 }]);
  await clock.advance(2_500_000);
  assert.deepEqual(
    fired.flatMap(([, told]) => told).filter((id) => id !== 'early'),
    ids,
  );
  assert(fired.every(([, [id = ''], atMs]) => atMs === (id === 'early' ? 2_500_500 : (ids.indexOf(id) + 1) * 1000)));
  assert(reads() <= 7, `${reads()} reads`);
});

test('many that are set while it waits draw its horizon nearer, and none is lost', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  timers.start();
  const journal = await begin('one');
  for (let from = 0; from < 4000; from += 500)
    await change(
      journal,
      Array.from({ length: 500 }, (_, index) => ({ id: `t${from + index}`, dueAtMs: startMs + 1000 * (4000 - from - index) })),
    );
  await clock.advance(4_000_000);
  assert.equal(new Set(fired.flatMap(([, told]) => told)).size, 4000);
  assert.equal(fired.length, 4000);
});

test('a journal that fails, or leaves its timer as it is, is told again a second later, and holds up no other', async (t) => {
  const { clock, startMs, timers, fired, change, begin, owner, log } = house(t);
  timers.start();
  const [bad, good] = [await begin('bad'), await begin('good')];
  const take = owner.take;
  let failures = 0;
  owner.take = async (journal, ids) => {
    if (journal !== bad || failures === 3) return take(journal, ids);
    failures += 1;
    if (failures !== 2) throw new Error('the disk is full');
    timers.note(journal, [{ id: 'a', dueAtMs: clock.now() + 1000 }]);
  };
  await change(bad, [{ id: 'a', dueAtMs: startMs + 1000 }]);
  await change(good, [{ id: 'a', dueAtMs: startMs + 1500 }]);
  await clock.advance(10_000);
  assert.deepEqual(
    fired.map(([journal, , atMs]) => [journal === bad ? 'bad' : 'good', atMs]),
    [
      ['bad', 1000],
      ['good', 1500],
      ['bad', 2000],
      ['bad', 3000],
      ['bad', 4000],
    ],
  );
  assert.equal(log.named('journal-timers.not-fired').length, 2);
});

test('two thousand whose journals fail, or are long about it, hold up no other', async (t) => {
  const { clock, startMs, timers, fired, change, begin, owner, log } = house(t);
  const [slow, bad, good] = [await begin('slow'), await begin('bad'), await begin('good')];
  const { take } = owner;
  const { promise: turn, resolve: goOn } = Promise.withResolvers<void>();
  owner.take = async (journal, ids) => {
    if (journal === slow) await turn;
    if (journal === bad) throw new Error('the disk is full');
    await take(journal, ids);
  };
  await change(slow, [{ id: 'a', dueAtMs: startMs - 1 }], false);
  await change(
    bad,
    Array.from({ length: 2000 }, (_, index) => ({ id: `t${index}`, dueAtMs: startMs })),
    false,
  );
  await change(good, [{ id: 'a', dueAtMs: startMs + 1500 }], false);
  timers.start();
  await clock.advance(2000);
  assert.deepEqual(
    fired.filter(([journal]) => journal === good),
    [[good, ['a'], 1500]],
  );
  assert(log.named('journal-timers.not-fired').length <= 10);
  goOn();
  await timers.close();
});

test('while steps cannot be written and the store is asked what there is, a timer comes again a second later and no sooner', async (t) => {
  const { clock, startMs, timers, fired, change, begin, owner } = house(t);
  timers.start();
  const journal = await begin('one');
  owner.take = async () => {
    timers.refresh();
    throw new Error('the disk is full');
  };
  await change(journal, [{ id: 'a', dueAtMs: startMs + 1000 }]);
  await clock.advance(4000);
  assert.deepEqual(
    fired.map(([, , atMs]) => atMs),
    [1000, 2000, 3000, 4000],
  );
});

test('what waits for a day is not held in memory beyond what limits say, and is told when it is due', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  timers.start();
  const journal = await begin('one');
  const day = 24 * 60 * MINUTE_MS;
  const most = LIMITS.timersInMemory;
  await change(journal, [{ id: 'last', dueAtMs: startMs + day }]);
  await change(
    journal,
    Array.from({ length: most + 1 }, (_, index) => ({ id: `t${index}`, dueAtMs: startMs + MINUTE_MS / 2 - index })),
  );
  assert(timers.held <= most);
  await clock.advance(MINUTE_MS);
  assert.equal(new Set(fired.flatMap(([, ids]) => ids)).size, most + 1);
  await clock.advance(day);
  assert.deepEqual(fired.at(-1), [journal, ['last'], day]);
});

test('a store that cannot be read is asked again', async (t) => {
  const { clock, startMs, timers, fired, change, begin, store } = house(t);
  const journal = await begin('one');
  await change(journal, [{ id: 'a', dueAtMs: startMs + 1000 }], false);
  store.fault = () => {
    throw new Error('the disk is gone');
  };
  timers.start();
  await clock.advance(3000);
  store.fault = () => undefined;
  await clock.advance(1000);
  assert.deepEqual(fired, [[journal, ['a'], 4000]]);
});

test('a clock that is set forward is noticed within half a minute', async (t) => {
  const { clock, startMs, timers, fired, change, begin } = house(t);
  timers.start();
  const journal = await begin('one');
  await change(journal, [{ id: 'a', dueAtMs: startMs + 600 * MINUTE_MS }]);
  await settled();
  clock.jump(601 * MINUTE_MS);
  await clock.advance(MINUTE_MS / 2);
  assert.equal(fired.length, 1);
});
