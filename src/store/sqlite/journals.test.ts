// A step costs the same after a hundred events and after 25,000, and lists read what they return: counted in plans and in pages, not in time.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AccountId, Region, Scope } from '#kernel';
import type { JournalStep } from '../journals.ts';
import { Connection } from './connection.ts';
import {
  BACKWARDS,
  BUSY,
  CALLBACK,
  COUNT_RUNNING,
  EARLIEST_TIMERS,
  FORWARDS,
  NEWEST,
  OLDEST,
  QUEUED,
  RECORDS,
  STATUSES,
} from './journal-reading.ts';
import { EXPIRED } from './journal-removal.ts';
import { sqliteJournals } from './journals.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

function planOf(sql: string): readonly string[] {
  const database = new DatabaseSync(':memory:');
  try {
    migrate(database, MIGRATIONS);
    const parameters = Array.from(sql.matchAll(/\?/g), () => 1);
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
    return steps.map(({ detail }) => String(detail));
  } finally {
    database.close();
  }
}

const IS_THERE = ['SEARCH there EXISTS USING INTEGER PRIMARY KEY (rowid=?)'];

test('lists, timers, queues, what is busy and what has expired come out of an index in their order, without sorting', () => {
  const between = '(list=? AND status=? AND (started_at_ms,journal)>(?,?) AND (started_at_ms,journal)<(?,?))';
  assert.deepEqual(planOf(OLDEST), [`SEARCH journal_listings USING PRIMARY KEY ${between}`]);
  assert.deepEqual(planOf(NEWEST), planOf(OLDEST));
  assert.deepEqual(planOf(EARLIEST_TIMERS), [
    'SEARCH found USING COVERING INDEX journal_timers_by_time (kind=? AND (due_at_ms,journal,id)>(?,?,?))',
    ...IS_THERE,
  ]);
  assert.deepEqual(planOf(QUEUED), ['SEARCH found USING INDEX journal_callbacks_queued (queue=?)', ...IS_THERE]);
  assert.deepEqual(planOf(BUSY), ['SEARCH journal_heads USING COVERING INDEX journals_busy (kind=? AND rowid>?)']);
  assert.deepEqual(planOf(EXPIRED), ['SEARCH journal_heads USING COVERING INDEX journals_expiring (expires_at_ms<?)']);
});

test('what one journal has is found by its number alone', () => {
  assert.deepEqual(planOf(RECORDS), ['SEARCH journal_records USING PRIMARY KEY (journal=? AND key>? AND key<?)']);
  const [forwards = '', ...start] = planOf(FORWARDS);
  assert.match(forwards, /^SEARCH journal_entries USING INDEX \w+ \(journal=\? AND first_id>\?\)$/);
  assert.match(start.join(), /^SCALAR SUBQUERY 1,SEARCH journal_entries USING COVERING INDEX \w+ \(journal=\? AND first_id<\?\)$/);
  assert.match(planOf(BACKWARDS).join(), /^SEARCH journal_entries USING INDEX \w+ \(journal=\? AND first_id<\?\)$/);
  assert.match(planOf(CALLBACK).join(), /^SEARCH found USING INDEX \w+ \(token=\?\),/);
});

test('those that are running are counted list by list, and what has ended is not looked at', () => {
  const [, ...steps] = planOf(COUNT_RUNNING);
  assert.deepEqual(steps, [
    'SCAN journal_lists',
    'SEARCH journal_listings USING PRIMARY KEY (list=? AND status=?)',
    'SCAN (subquery-1)',
  ]);
});

test('the statuses of a list are found by one seek for each', () => {
  assert.deepEqual(
    planOf(STATUSES).filter((step) => step.startsWith('S') && step.includes('journal_listings')),
    ['SEARCH journal_listings USING PRIMARY KEY (list=?)', 'SEARCH journal_listings USING PRIMARY KEY (list=? AND status>?)'],
  );
});

const scope: Scope = { account: '000000000001' as AccountId, region: 'us-east-1' as Region };
const HEAD = JSON.stringify({ nextEventId: 1, facts: 'x'.repeat(300) });
const BODY = JSON.stringify({ events: 'x'.repeat(400) });

test('a step writes as many pages of the log after 25,000 events as after the first hundred', (t) => {
  const { connection, journals } = house(t);
  const outcome = journals.begin({
    scope,
    kind: 'execution',
    owner: 'machine',
    name: 'long',
    startedAtMs: 0,
    groups: [],
    attributes: null,
    first: { head: HEAD, isBusy: true },
  });
  assert.ok(outcome.kind === 'begun');
  let revision = 1;
  const append = (): void => {
    const step: JournalStep = { head: HEAD, isBusy: true, entries: { firstId: revision, count: 1, body: BODY } };
    assert.equal(journals.append(outcome.number, revision, step), true);
    revision += 1;
  };
  /** Pages that a hundred steps write, each in a commit of its own. */
  const pagesOfHundred = (): number => {
    const before = pagesInLog(connection);
    for (let step = 0; step < 100; step += 1) {
      connection.begin({ lazily: true });
      append();
      connection.commit();
    }
    return pagesInLog(connection) - before;
  };
  const young = pagesOfHundred();
  connection.begin({ lazily: true });
  for (let step = 0; step < 24_900; step += 1) append();
  connection.commit();
  const old = pagesOfHundred();
  assert.ok(young >= 300 && young < 350, `head, entry and its place in the index are on three pages: ${young}`);
  // Trees of more pages split one more of them now and then.
  assert.ok(old <= young * 1.1, `${old} pages after 25,000 events, ${young} at first`);
});

test('a removal and each step of the sweep delete a bounded number of rows, and nothing is left', (t) => {
  const { connection, journals } = house(t);
  connection.begin({ lazily: true });
  const numbers = ['short', 'long', 'kept'].map((name) => {
    const count = name === 'long' ? 1000 : 10;
    const many = Array.from({ length: count }, (_, index) => `${name} ${index}`);
    const outcome = journals.begin({
      scope,
      kind: 'execution',
      owner: 'machine',
      name,
      startedAtMs: 0,
      groups: ['group', name],
      attributes: null,
      first: {
        head: HEAD,
        isBusy: true,
        records: many.map((key) => ({ key, body: BODY })),
        timers: many.map((id) => ({ id, dueAtMs: 1 })),
        callbacks: many.map((token) => ({ token, put: { taskId: 'task' } })),
      },
    });
    assert.ok(outcome.kind === 'begun');
    for (let revision = 1; revision <= count; revision += 1)
      journals.append(outcome.number, revision, { head: HEAD, isBusy: true, entries: { firstId: revision, count: 1, body: BODY } });
    return outcome.number;
  });
  connection.commit();
  const [short = 0, long = 0, kept = 0] = numbers;
  const rowsOf = (journal: number): number =>
    ['entries', 'records', 'timers', 'callbacks'].reduce(
      (sum, table) =>
        sum +
        (connection.get<{ readonly n: number }>(`SELECT count(*) AS n FROM journal_${table} WHERE journal = ?`, journal)?.n ?? 0),
      0,
    );
  assert.equal(journals.remove(short), true);
  assert.equal(rowsOf(short), 0, 'a short one is gone at once');
  assert.equal(journals.sweepRemoved(), false);
  assert.equal(rowsOf(long), 4000);
  assert.equal(journals.remove(long), true);
  let rows = rowsOf(long);
  assert.ok(rows >= 4000 - 256);
  while (journals.sweepRemoved()) {
    assert.ok(rows - rowsOf(long) <= 256);
    rows = rowsOf(long);
  }
  assert.equal(rows, 0);
  assert.equal(rowsOf(kept), 40);
  const names = connection.all<{ readonly name: string }>('SELECT name FROM journal_lists ORDER BY name');
  assert.deepEqual(
    names.map(({ name }) => name),
    ['group', 'kept', 'machine'],
    'names that nothing is listed under are forgotten',
  );
});

test('many that expire together are gone together, and are swept in steps', (t) => {
  const { connection, journals } = house(t);
  const status = { status: 'SUCCEEDED', endedAtMs: 1, expiresAtMs: 1 };
  connection.begin({ lazily: true });
  for (let place = 0; place < 40; place += 1)
    journals.begin({
      scope,
      kind: 'execution',
      owner: 'machine',
      name: `${place}`,
      startedAtMs: 0,
      groups: [],
      attributes: null,
      first: {
        head: HEAD,
        isBusy: false,
        status,
        records: Array.from({ length: 20 }, (_, key) => ({ key: `${key}`, body: BODY })),
      },
    });
  connection.commit();
  const left = (table: string): number => connection.get<{ readonly n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
  assert.equal(journals.expireSome(1, 100), 40);
  assert.deepEqual([left('journals'), left('journal_heads'), left('journal_listings'), left('journal_lists')], [0, 0, 0, 0]);
  assert.equal(left('journal_records'), 800 - 256);
  while (journals.sweepRemoved());
  assert.deepEqual([left('journal_records'), left('journal_removals')], [0, 0]);
});

test('long texts are swept fewer at a time', (t) => {
  const { connection, journals } = house(t);
  const outcome = journals.begin({
    scope,
    kind: 'execution',
    owner: 'machine',
    name: 'large',
    startedAtMs: 0,
    groups: [],
    attributes: null,
    first: { head: HEAD, isBusy: false, records: [1, 2, 3, 4, 5].map((key) => ({ key: `${key}`, body: 'x'.repeat(3_000_000) })) },
  });
  assert.ok(outcome.kind === 'begun');
  const left = (): number => connection.get<{ readonly n: number }>('SELECT count(*) AS n FROM journal_records')?.n ?? 0;
  journals.remove(outcome.number);
  assert.equal(left(), 3);
  assert.equal(journals.sweepRemoved(), true);
  assert.equal(left(), 1);
});

function house(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-journals-'));
  const connection = new Connection(folder, MIGRATIONS);
  t.after(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });
  return { connection, journals: sqliteJournals(connection) };
}

function pagesInLog(connection: Connection): number {
  return connection.get<{ readonly log: number }>('PRAGMA wal_checkpoint(NOOP)')?.log ?? 0;
}
