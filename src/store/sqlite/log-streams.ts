// Log streams in SQLite.

import type { LogIndex, LogStreamRow } from '../log-index.ts';
import type { Scope } from '../store.ts';
import type { Connection } from './connection.ts';
import { afterAllWith, checkedLimit, checkedText, scopeText } from './keys.ts';
import { removeSubscriptionsOf } from './log-subscriptions.ts';
import type { Sync } from './verbs.ts';

type StreamVerbs = Pick<Sync<LogIndex>, 'createStream' | 'removeStream' | 'removeGroup' | 'streams' | 'stream' | 'storedBytes'>;
type StreamQuery = Parameters<LogIndex['streams']>[0];

interface Row {
  readonly stream: string;
  readonly created_at_ms: number;
  readonly first_timestamp_ms: number | null;
  readonly last_timestamp_ms: number | null;
  readonly last_ingested_at_ms: number | null;
  readonly stored_bytes: number;
}

const COLUMNS = 'stream, created_at_ms, first_timestamp_ms, last_timestamp_ms, last_ingested_at_ms, stored_bytes';

export function sqliteLogStreams(connection: Connection): StreamVerbs {
  return {
    createStream(scope, group, stream, createdAtMs) {
      const changed = connection.run(
        `INSERT INTO log_streams (scope, log_group, stream, created_at_ms, stored_bytes) VALUES (?, ?, ?, ?, 0)
          ON CONFLICT (scope, log_group, stream) DO NOTHING`,
        scopeText(scope),
        checkedText(group),
        checkedText(stream),
        createdAtMs,
      );
      if (changed === 1) connection.touch('logs');
      return changed === 1;
    },

    removeStream(scope, group, stream) {
      const sql = 'DELETE FROM log_streams WHERE scope = ? AND log_group = ? AND stream = ? RETURNING id';
      return doom(connection, connection.all(sql, scopeText(scope), checkedText(group), checkedText(stream)));
    },

    removeGroup(scope, group) {
      removeSubscriptionsOf(connection, scope, group);
      doom(
        connection,
        connection.all(
          'DELETE FROM log_streams WHERE scope = ? AND log_group = ? RETURNING id',
          scopeText(scope),
          checkedText(group),
        ),
      );
    },

    streams: (query) => streams(connection, query),

    stream(scope, group, stream) {
      const sql = `SELECT ${COLUMNS} FROM log_streams WHERE scope = ? AND log_group = ? AND stream = ?`;
      const row = connection.get<Row>(sql, scopeText(scope), checkedText(group), checkedText(stream));
      return row === undefined ? undefined : streamOf(scope, group, row);
    },

    storedBytes(scope, group) {
      const sql = 'SELECT ifnull(sum(stored_bytes), 0) AS bytes FROM log_streams WHERE scope = ? AND log_group = ?';
      return connection.get<{ readonly bytes: number }>(sql, scopeText(scope), checkedText(group))?.bytes ?? 0;
    },
  };
}

function doom(connection: Connection, gone: readonly { readonly id: number }[]): boolean {
  for (const { id } of gone) connection.run('INSERT INTO log_removals (stream) VALUES (?)', id);
  if (gone.length > 0) connection.touch('logs');
  return gone.length > 0;
}

function streams(connection: Connection, query: StreamQuery): readonly LogStreamRow[] {
  const { scope, group, prefix = '', orderBy, descending, offset, limit } = query;
  const direction = descending ? 'DESC' : 'ASC';
  const order = orderBy === 'name' ? `stream ${direction}` : `last_timestamp_ms ${direction}, stream ${direction}`;
  const rows = connection.all<Row>(
    `SELECT ${COLUMNS} FROM log_streams WHERE scope = ? AND log_group = ? AND stream >= ? AND stream < CAST(? AS TEXT)
      ORDER BY ${order} LIMIT ? OFFSET ?`,
    scopeText(scope),
    checkedText(group),
    checkedText(prefix),
    afterAllWith(prefix),
    checkedLimit(limit),
    offset,
  );
  return rows.map((row) => streamOf(scope, group, row));
}

function streamOf(scope: Scope, group: string, row: Row): LogStreamRow {
  return {
    scope,
    group,
    stream: row.stream,
    createdAtMs: row.created_at_ms,
    firstTimestampMs: row.first_timestamp_ms ?? undefined,
    lastTimestampMs: row.last_timestamp_ms ?? undefined,
    lastIngestedAtMs: row.last_ingested_at_ms ?? undefined,
    storedBytes: row.stored_bytes,
  };
}
