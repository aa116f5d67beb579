// Queues in SQLite: what each of them is. Their messages are elsewhere.

import type { MessageStore, NewQueue, QueueChange, QueueQuery, QueueRow } from '../messages.ts';
import type { Json, Scope } from '../store.ts';
import type { Connection } from './connection.ts';
import { afterAllWith, checkedLimit, checkedText, pageStart, scopeOf, scopeText } from './keys.ts';
import { delayGroups } from './message-groups.ts';
import type { QueueMemory } from './queue-memory.ts';
import type { Sync } from './verbs.ts';

type QueueVerbs = Pick<Sync<MessageStore>, 'createQueue' | 'getQueue' | 'changeQueue' | 'removeQueue' | 'listQueues' | 'purge'>;

interface Row {
  readonly number: number;
  readonly scope: string;
  readonly name: string;
  readonly created_at_ms: number;
  readonly revision: number;
  readonly is_fifo: number;
  readonly retention_ms: number;
  readonly dead_letter: string | null;
  readonly receives_max: number | null;
  readonly attributes: string;
}

const COLUMNS = 'number, scope, name, created_at_ms, revision, is_fifo, retention_ms, dead_letter, receives_max, attributes';

export function sqliteQueueRows(connection: Connection, memory: QueueMemory): QueueVerbs {
  return {
    createQueue: (queue) => create(connection, queue),
    getQueue: (scope, name) => find(connection, scope, name),
    changeQueue: (change) => changeQueue(connection, memory, change),
    listQueues: (query) => list(connection, query),

    removeQueue(number) {
      if (!clear(connection, memory, number)) return false;
      connection.run('DELETE FROM queues WHERE number = ?', number);
      return true;
    },

    purge(number) {
      if (!clear(connection, memory, number)) return false;
      connection.run('UPDATE queues SET shelf = ? WHERE number = ?', connection.takeNumber('revision'), number);
      return true;
    },
  };
}

function create(connection: Connection, { scope, name, createdAtMs, settings, attributes }: NewQueue) {
  const number = connection.insert(
    `INSERT INTO queues (scope, name, shelf, created_at_ms, revision, is_fifo, retention_ms, dead_letter, receives_max, attributes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, name) DO NOTHING`,
    scopeText(scope),
    checkedText(name),
    connection.takeNumber('revision'),
    createdAtMs,
    connection.takeNumber('revision'),
    settings.isFifo ? 1 : 0,
    settings.retentionMs,
    settings.deadLetter?.name ?? null,
    settings.deadLetter?.receivesMax ?? null,
    JSON.stringify(attributes),
  );
  const queue = find(connection, scope, name);
  if (queue === undefined) throw new Error(`The queue ${name} was not made, and is not there.`);
  return { kind: number === undefined ? ('exists' as const) : ('created' as const), queue };
}

function find(connection: Connection, scope: Scope, name: string): QueueRow | undefined {
  const sql = `SELECT ${COLUMNS} FROM queues WHERE scope = ? AND name = ?`;
  const row = connection.get<Row>(sql, scopeText(scope), checkedText(name));
  return row === undefined ? undefined : queueOf(row);
}

function changeQueue(connection: Connection, memory: QueueMemory, change: QueueChange): QueueRow | undefined {
  const { number, revision, settings, attributes } = change;
  const row = connection.get<Row>(
    `UPDATE queues SET revision = ?, retention_ms = ?, dead_letter = ?, receives_max = ?, attributes = ?
      WHERE number = ? AND revision = ? RETURNING ${COLUMNS}`,
    connection.takeNumber('revision'),
    settings.retentionMs,
    settings.deadLetter?.name ?? null,
    settings.deadLetter?.receivesMax ?? null,
    JSON.stringify(attributes),
    number,
    revision,
  );
  memory.forget(number);
  if (row === undefined) return undefined;
  const shelf = memory.find(number)?.shelf;
  if (change.delayMs !== undefined && shelf !== undefined) delayGroups(connection, shelf, change.delayMs);
  return queueOf(row);
}

function list(connection: Connection, { scope, prefix = '', deadLetter, after, limit }: QueueQuery): readonly QueueRow[] {
  const names = 'name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?';
  const page = [pageStart(prefix, after), afterAllWith(prefix), checkedLimit(limit)] as const;
  const rows =
    deadLetter === undefined
      ? connection.all<Row>(`SELECT ${COLUMNS} FROM queues WHERE scope = ? AND ${names}`, scopeText(scope), ...page)
      : connection.all<Row>(
          `SELECT ${COLUMNS} FROM queues WHERE scope = ? AND dead_letter = ? AND ${names}`,
          scopeText(scope),
          deadLetter,
          ...page,
        );
  return rows.map(queueOf);
}

/** Leaves the shelf behind: nobody finds it any more, and what lies on it is swept later. */
function clear(connection: Connection, memory: QueueMemory, number: number): boolean {
  const shelf = memory.find(number)?.shelf;
  if (shelf === undefined) return false;
  connection.run('INSERT INTO message_removals (shelf) VALUES (?)', shelf);
  memory.forget(number);
  return true;
}

function queueOf(row: Row): QueueRow {
  return {
    number: row.number,
    scope: scopeOf(row.scope),
    name: row.name,
    createdAtMs: row.created_at_ms,
    revision: row.revision,
    settings: {
      isFifo: row.is_fifo === 1,
      retentionMs: row.retention_ms,
      ...(row.dead_letter === null || row.receives_max === null
        ? {}
        : { deadLetter: { name: row.dead_letter, receivesMax: row.receives_max } }),
    },
    attributes: JSON.parse(row.attributes) as Json,
  };
}
