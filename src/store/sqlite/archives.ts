// Archived events in SQLite.
// I1: the row of an archive counts its events and their bytes; it is there from its first event until its last one went.

import type { ArchivedEvent, ArchiveQuery, EventArchives, NewArchivedEvent } from '../archives.ts';
import type { NewDelivery } from '../deliveries.ts';
import type { Connection } from './connection.ts';
import { accept as acceptDeliveries } from './deliveries.ts';
import { checkedLimit, checkedText } from './keys.ts';
import type { Sync } from './verbs.ts';

/** A page takes no more than this (and one event more) into memory, whatever its limit says. */
const PAGE_BYTES = 4 * 1024 * 1024;

interface EventRow {
  readonly sequence: number;
  readonly time_ms: number;
  readonly event: Uint8Array;
}

export function sqliteArchives(connection: Connection): Sync<EventArchives> {
  return {
    accept: (events, deliveries) => accept(connection, events, deliveries),
    page: (query) => page(connection, query),
    totals: (archive) => totals(connection, archive),
    removeSome: (archive, beforeMs, limit) => removeSome(connection, archive, { beforeMs, limit }),
  };
}

function accept(connection: Connection, events: readonly NewArchivedEvent[], deliveries: readonly NewDelivery[]): void {
  for (const { archive, timeMs, event } of events) {
    const id = connection.get<{ readonly id: number }>(
      `INSERT INTO archives (archive, events, bytes) VALUES (?, 1, ?)
        ON CONFLICT (archive) DO UPDATE SET events = events + 1, bytes = bytes + excluded.bytes RETURNING id`,
      checkedText(archive),
      event.byteLength,
    )?.id;
    if (id === undefined) throw new Error('An archive has no row after it was written.');
    connection.run('INSERT INTO archived_events (archive, time_ms, event) VALUES (?, ?, ?)', id, timeMs, event);
  }
  acceptDeliveries(connection, deliveries);
}

function idOf(connection: Connection, archive: string): number | undefined {
  return connection.get<{ readonly id: number }>('SELECT id FROM archives WHERE archive = ?', checkedText(archive))?.id;
}

function page(connection: Connection, { archive, fromMs, untilMs, after, limit }: ArchiveQuery): readonly ArchivedEvent[] {
  const id = idOf(connection, archive);
  if (id === undefined) return [];
  // Positions first and then one event after the other: a page of large ones would be read whole only to be cut.
  const positions = connection.all<Pick<EventRow, 'sequence' | 'time_ms'>>(
    `SELECT sequence, time_ms FROM archived_events
      WHERE archive = ? AND (time_ms, sequence) > (?, ?) AND time_ms < ? ORDER BY time_ms, sequence LIMIT ?`,
    id,
    after?.timeMs ?? fromMs,
    after?.sequence ?? -1,
    untilMs,
    checkedLimit(limit),
  );
  const events: ArchivedEvent[] = [];
  let bytes = 0;
  for (const { sequence, time_ms: timeMs } of positions) {
    const row = connection.get<EventRow>('SELECT event FROM archived_events WHERE sequence = ?', sequence);
    if (row === undefined) throw new Error(`The archived event ${sequence} is not where its index says.`);
    events.push({ sequence, timeMs, event: row.event });
    bytes += row.event.byteLength;
    if (bytes >= PAGE_BYTES) break;
  }
  return events;
}

function totals(connection: Connection, archive: string): { readonly events: number; readonly bytes: number } {
  const row = connection.get<{ readonly events: number; readonly bytes: number }>(
    'SELECT events, bytes FROM archives WHERE archive = ?',
    checkedText(archive),
  );
  return { events: row?.events ?? 0, bytes: row?.bytes ?? 0 };
}

function removeSome(connection: Connection, archive: string, { beforeMs, limit }: { beforeMs: number; limit: number }): number {
  const id = idOf(connection, archive);
  if (id === undefined) return 0;
  const removed = connection.all<{ readonly bytes: number }>(
    `DELETE FROM archived_events WHERE sequence IN
        (SELECT sequence FROM archived_events WHERE archive = ? AND time_ms < ? ORDER BY time_ms, sequence LIMIT ?)
      RETURNING length(event) AS bytes`,
    id,
    beforeMs,
    checkedLimit(limit),
  );
  const bytes = removed.reduce((sum, row) => sum + row.bytes, 0);
  connection.run('UPDATE archives SET events = events - ?, bytes = bytes - ? WHERE id = ?', removed.length, bytes, id);
  connection.run('DELETE FROM archives WHERE id = ? AND events = 0', id);
  return removed.length;
}
