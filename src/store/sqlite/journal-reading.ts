// What is read of journals: each statement goes by an index and reads what it returns.

import type {
  JournalCallback,
  JournalEntries,
  JournalKind,
  JournalQuery,
  JournalRow,
  JournalTimer,
  OpenJournal,
} from '../journals.ts';
import type { Connection } from './connection.ts';
import type { JournalNames } from './journal-names.ts';
import { get } from './journal-rows.ts';
import { afterAllWith, checkedLimit, pageStart } from './keys.ts';

/** A page of entries or records takes no more than this (and one more of them) into memory, whatever its limit says. */
const PAGE_LENGTH = 1024 * 1024;

interface HeadRow {
  readonly revision: number;
  readonly head: string;
}

export function open(connection: Connection, names: JournalNames, journal: number): OpenJournal | undefined {
  const row = get(connection, names, journal);
  const stand = connection.get<HeadRow>('SELECT revision, head FROM journal_heads WHERE journal = ?', journal);
  if (row === undefined || stand === undefined) return undefined;
  const records = connection.all<RecordRow>('SELECT key, body FROM journal_records WHERE journal = ? ORDER BY key', journal);
  const timers = connection.all<{ readonly id: string; readonly due_at_ms: number }>(
    'SELECT id, due_at_ms FROM journal_timers WHERE journal = ? ORDER BY id',
    journal,
  );
  connection.countRead(records.reduce((length, { body }) => length + body.length, stand.head.length));
  return {
    row,
    ...stand,
    records: new Map(records.map(({ key, body }) => [key, body])),
    timers: new Map(timers.map(({ id, due_at_ms: dueAtMs }) => [id, dueAtMs])),
  };
}

export function head(connection: Connection, journal: number): string | undefined {
  return connection.get<HeadRow>('SELECT revision, head FROM journal_heads WHERE journal = ?', journal)?.head;
}

interface RecordRow {
  readonly key: string;
  readonly body: string;
}

export function records(
  connection: Connection,
  journal: number,
  { prefix, after, limit }: { readonly prefix: string; readonly after?: string | undefined; readonly limit: number },
): readonly RecordRow[] {
  if (!isThere(connection, journal)) return [];
  const rows = connection.iterate<RecordRow>(RECORDS, journal, pageStart(prefix, after), afterAllWith(prefix), checkedLimit(limit));
  return upToLength(connection, rows, ({ key, body }) => ({ key, body }));
}

export const RECORDS = `SELECT key, body FROM journal_records
  WHERE journal = ? AND key >= CAST(? AS TEXT) AND key < CAST(? AS TEXT)
  ORDER BY key LIMIT ?`;

interface EntryRow {
  readonly first_id: number;
  readonly count: number;
  readonly body: string;
}

export function entries(
  connection: Connection,
  journal: number,
  { fromId, order, limit }: { readonly fromId: number; readonly order: 'forwards' | 'backwards'; readonly limit: number },
): readonly JournalEntries[] {
  if (!isThere(connection, journal)) return [];
  const rows =
    order === 'forwards'
      ? connection.iterate<EntryRow>(FORWARDS, journal, journal, fromId, fromId, checkedLimit(limit))
      : connection.iterate<EntryRow>(BACKWARDS, journal, fromId, checkedLimit(limit));
  return upToLength(connection, rows, ({ first_id: firstId, count, body }) => ({ firstId, count, body }));
}

export const FORWARDS = `SELECT first_id, count, body FROM journal_entries
  WHERE journal = ? AND first_id >= coalesce((SELECT max(first_id) FROM journal_entries WHERE journal = ? AND first_id <= ?), 0)
    AND first_id + count > ?
  ORDER BY first_id LIMIT ?`;
export const BACKWARDS =
  'SELECT first_id, count, body FROM journal_entries WHERE journal = ? AND first_id <= ? ORDER BY first_id DESC LIMIT ?';

function upToLength<Row extends { readonly body: string }, Result>(
  connection: Connection,
  rows: Iterable<Row>,
  take: (row: Row) => Result,
): Result[] {
  const taken: Result[] = [];
  let length = 0;
  for (const row of rows) {
    taken.push(take(row));
    length += row.body.length;
    if (length >= PAGE_LENGTH) break;
  }
  connection.countRead(length);
  return taken;
}

/** What a journal that is gone had lies there until it is swept. */
function isThere(connection: Connection, journal: number): boolean {
  return connection.get('SELECT 1 FROM journal_heads WHERE journal = ?', journal) !== undefined;
}

interface ListingRow {
  readonly started_at_ms: number;
  readonly journal: number;
}

/** One list for each status, merged: a single index answers for all of them together, and for some. */
export function list(connection: Connection, names: JournalNames, query: JournalQuery): readonly JournalRow[] {
  const number = listNumber(names, query);
  const limit = checkedLimit(query.limit);
  if (number === undefined) return [];
  const isNewest = query.order === 'newest';
  const sql = isNewest ? NEWEST : OLDEST;
  const listed = new Set(query.statuses ?? statusesIn(connection, number));
  const rows = [...listed].flatMap((status) => connection.all<ListingRow>(sql, number, status, ...placesBetween(query), limit));
  const sign = isNewest ? -1 : 1;
  const sorted = rows.toSorted((one, other) => sign * (one.started_at_ms - other.started_at_ms || one.journal - other.journal));
  return sorted.slice(0, limit).map(({ journal }) => listedRow(connection, names, journal));
}

type Place = readonly [startedAtMs: number, journal: number];

/** Between which places of the list the page lies, both exclusive. */
function placesBetween({ order, after, startedAfterMs = -1, startedBeforeMs = Infinity }: JournalQuery): readonly number[] {
  const past: Place = [startedAfterMs, Infinity];
  const until: Place = [startedBeforeMs, -1];
  if (after === undefined) return [...past, ...until];
  const end: Place = [after.startedAtMs, after.number];
  if (order === 'newest') return [...past, ...(end[0] < until[0] ? end : until)];
  return [...(end[0] > past[0] ? end : past), ...until];
}

export const OLDEST = `SELECT started_at_ms, journal FROM journal_listings
  WHERE list = ? AND status = ? AND (started_at_ms, journal) > (?, ?) AND (started_at_ms, journal) < (?, ?)
  ORDER BY started_at_ms, journal LIMIT ?`;
export const NEWEST = OLDEST.replace('started_at_ms, journal LIMIT', 'started_at_ms DESC, journal DESC LIMIT');

function listedRow(connection: Connection, names: JournalNames, journal: number): JournalRow {
  const row = get(connection, names, journal);
  if (row === undefined) throw new Error(`The journal ${journal} is listed and has no row.`);
  return row;
}

function listNumber(names: JournalNames, { scope, kind, of }: Pick<JournalQuery, 'scope' | 'kind' | 'of'>): number | undefined {
  return 'owner' in of
    ? names.find({ scope, kind, isGroup: false, name: of.owner })
    : names.find({ scope, kind, isGroup: true, name: of.group });
}

/** The statuses that a list has, by one seek for each. */
function statusesIn(connection: Connection, list: number): readonly string[] {
  return connection.all<{ readonly status: string }>(STATUSES, list, list).map(({ status }) => status);
}

export const STATUSES = `WITH RECURSIVE found (status) AS (
    SELECT min(status) FROM journal_listings WHERE list = ?
    UNION ALL
    SELECT (SELECT min(status) FROM journal_listings WHERE list = ? AND status > found.status) FROM found WHERE status IS NOT NULL
  ) SELECT status FROM found WHERE status IS NOT NULL`;

export function countRunning(connection: Connection, kind: JournalKind, most: number): number {
  return connection.get<{ readonly count: number }>(COUNT_RUNNING, kind, most)?.count ?? 0;
}

/** By the lists of owners, in which each is once. CROSS keeps this order: the other way round, whatever ended in months would be looked at. */
export const COUNT_RUNNING = `SELECT count(*) AS count FROM (
  SELECT 1 FROM journal_lists CROSS JOIN journal_listings ON journal_listings.list = journal_lists.number AND status = 'RUNNING'
  WHERE kind = ? AND is_group = 0 LIMIT ?)`;

export function earliestTimers(
  connection: Connection,
  kind: JournalKind,
  after: JournalTimer | undefined,
  limit: number,
): readonly JournalTimer[] {
  const rows = connection.all<{ readonly journal: number; readonly id: string; readonly due_at_ms: number }>(
    EARLIEST_TIMERS,
    kind,
    after?.dueAtMs ?? Number.MIN_SAFE_INTEGER,
    after?.journal ?? -1,
    after?.id ?? '',
    checkedLimit(limit),
  );
  return rows.map(({ journal, id, due_at_ms: dueAtMs }) => ({ journal, id, dueAtMs }));
}

const THERE = 'EXISTS (SELECT 1 FROM journal_heads AS there WHERE there.journal = found.journal)';
export const EARLIEST_TIMERS = `SELECT journal, id, due_at_ms FROM journal_timers AS found
  WHERE kind = ? AND (due_at_ms, journal, id) > (?, ?, ?) AND ${THERE} ORDER BY due_at_ms, journal, id LIMIT ?`;

interface CallbackRow {
  readonly journal: number;
  readonly token: string;
  readonly task_id: string;
}

export function callback(connection: Connection, token: string): JournalCallback | undefined {
  const row = connection.get<CallbackRow>(CALLBACK, token);
  return row === undefined ? undefined : callbackOf(row);
}

export function queued(connection: Connection, queue: string, limit: number): readonly JournalCallback[] {
  return connection.all<CallbackRow>(QUEUED, queue, checkedLimit(limit)).map(callbackOf);
}

const CALLBACK_COLUMNS = 'SELECT journal, token, task_id FROM journal_callbacks AS found';
export const CALLBACK = `${CALLBACK_COLUMNS} WHERE token = ? AND ${THERE}`;
export const QUEUED = `${CALLBACK_COLUMNS} WHERE queue = ? AND ${THERE} ORDER BY sequence LIMIT ?`;

function callbackOf({ journal, token, task_id: taskId }: CallbackRow): JournalCallback {
  return { journal, token, taskId };
}

export function busy(connection: Connection, kind: JournalKind, after: number, limit: number): readonly number[] {
  return connection.all<{ readonly journal: number }>(BUSY, kind, after, checkedLimit(limit)).map(({ journal }) => journal);
}

export const BUSY = 'SELECT journal FROM journal_heads WHERE kind = ? AND is_busy = 1 AND journal > ? ORDER BY journal LIMIT ?';
