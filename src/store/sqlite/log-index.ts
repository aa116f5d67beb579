// The index of log chunks in SQLite.

import type { LogChunk } from '../log-index.ts';
import type { Scope } from '../store.ts';
import type { Connection } from './connection.ts';
import { checkedText, scopeText } from './keys.ts';
import { chunksBySequence, chunksByTime } from './log-chunks.ts';
import { sqliteLogStreams } from './log-streams.ts';
import { sqliteLogSubscriptions } from './log-subscriptions.ts';
import type { Rooms, Sync } from './verbs.ts';

export function sqliteLogIndex(connection: Connection): Sync<Rooms['logs']> {
  return {
    ...sqliteLogStreams(connection),
    ...sqliteLogSubscriptions(connection),

    add(chunks) {
      for (const chunk of chunks) add(connection, chunk);
      if (chunks.length > 0) connection.touch('logs');
    },

    chunks: (query) => chunksBySequence(connection, query),
    chunksByTime: (query) => chunksByTime(connection, query),

    indexedTo(segment) {
      const sql = 'SELECT indexed_to FROM log_segments WHERE segment = ?';
      return connection.get<{ readonly indexed_to: number }>(sql, segment)?.indexed_to ?? 0;
    },

    expire() {
      throw new Error('Expiry is done in steps: call expireSome.');
    },

    expireSome: (scope, group, beforeMs, limit) => expireSome(connection, { scope, group, beforeMs, limit }),
    sweep: (limit) => sweep(connection, limit),

    segmentsInUse(segments) {
      const sql = 'SELECT 1 FROM log_chunks WHERE segment = ? LIMIT 1';
      return new Set(segments.filter((segment) => connection.get(sql, segment) !== undefined));
    },
  };
}

function add(connection: Connection, chunk: LogChunk): void {
  const scope = scopeText(chunk.scope);
  connection.run(
    'INSERT INTO log_segments (segment, indexed_to) VALUES (?, ?) ON CONFLICT (segment) DO UPDATE SET indexed_to = max(indexed_to, excluded.indexed_to)',
    chunk.segment,
    chunk.offset + chunk.bytes,
  );
  const stream = streamFor(connection, scope, chunk);
  const added = connection.run(
    `INSERT INTO log_chunks (stream, scope, log_group, segment, offset, bytes, events, first_timestamp_ms, last_timestamp_ms, ingested_at_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (segment, offset) DO NOTHING`,
    stream,
    scope,
    chunk.group,
    chunk.segment,
    chunk.offset,
    chunk.bytes,
    chunk.events,
    chunk.firstTimestampMs,
    chunk.lastTimestampMs,
    chunk.ingestedAtMs,
  );
  // The tail of a segment is read again after a crash; what was indexed already changes nothing.
  if (added === 0) return;
  connection.run(
    `UPDATE log_streams SET stored_bytes = stored_bytes + ?1,
        first_timestamp_ms = min(ifnull(first_timestamp_ms, ?2), ?2), last_timestamp_ms = max(ifnull(last_timestamp_ms, ?3), ?3),
        last_ingested_at_ms = max(ifnull(last_ingested_at_ms, ?4), ?4)
      WHERE id = ?5`,
    chunk.bytes,
    chunk.firstTimestampMs,
    chunk.lastTimestampMs,
    chunk.ingestedAtMs,
    stream,
  );
}

function streamFor(connection: Connection, scope: string, chunk: LogChunk): number {
  const find = 'SELECT id FROM log_streams WHERE scope = ? AND log_group = ? AND stream = ?';
  const found = connection.get<{ readonly id: number }>(find, scope, checkedText(chunk.group), checkedText(chunk.stream));
  if (found !== undefined) return found.id;
  const made = connection.insert(
    'INSERT INTO log_streams (scope, log_group, stream, created_at_ms, stored_bytes) VALUES (?, ?, ?, ?, 0)',
    scope,
    chunk.group,
    chunk.stream,
    chunk.ingestedAtMs,
  );
  if (made === undefined) throw new Error('A stream was inserted without a number.');
  return made;
}

interface Expiry {
  readonly scope: Scope;
  readonly group: string;
  readonly beforeMs: number;
  readonly limit: number;
}

function expireSome(connection: Connection, { scope, group, beforeMs, limit }: Expiry): number {
  const gone = connection.all<{ readonly stream: number; readonly bytes: number }>(
    `DELETE FROM log_chunks WHERE sequence IN (SELECT sequence FROM log_chunks INDEXED BY log_chunks_by_group_last
        WHERE scope = ? AND log_group = ? AND last_timestamp_ms < ? LIMIT ?) RETURNING stream, bytes`,
    scopeText(scope),
    checkedText(group),
    beforeMs,
    limit,
  );
  const bytesByStream = new Map<number, number>();
  for (const { stream, bytes } of gone) bytesByStream.set(stream, (bytesByStream.get(stream) ?? 0) + bytes);
  for (const [stream, bytes] of bytesByStream) {
    connection.run('UPDATE log_streams SET stored_bytes = stored_bytes - ? WHERE id = ?', bytes, stream);
  }
  if (gone.length > 0) connection.touch('logs');
  return gone.length;
}

function sweep(connection: Connection, limit: number): number {
  const removal = connection.get<{ readonly stream: number }>('SELECT stream FROM log_removals LIMIT 1');
  if (removal === undefined) return 0;
  const gone = connection.run(
    'DELETE FROM log_chunks WHERE sequence IN (SELECT sequence FROM log_chunks WHERE stream = ? LIMIT ?)',
    removal.stream,
    limit,
  );
  if (gone < limit) connection.run('DELETE FROM log_removals WHERE stream = ?', removal.stream);
  return gone + 1;
}
