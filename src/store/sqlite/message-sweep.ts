// What nobody will receive any more goes a little at a time: shelves that were left behind, and messages past their retention.

import type { ExpiryStep } from '../messages.ts';
import type { Connection } from './connection.ts';
import { settleGroup } from './message-groups.ts';
import { removeMessage } from './message-rows.ts';
import { forgetDeduplications } from './message-sending.ts';
import type { QueueMemory } from './queue-memory.ts';

/** The number of messages that went; 0 when there is nothing left to sweep. */
export function sweepRemoved(connection: Connection, limit: number): number {
  const removal = connection.get<{ readonly shelf: number }>('SELECT shelf FROM message_removals LIMIT 1');
  if (removal === undefined) return 0;
  const { shelf } = removal;
  const rows = connection.all<{ readonly sequence: number }>(ON_SHELF, shelf, shelf, limit);
  for (const { sequence } of rows) {
    connection.run('DELETE FROM messages WHERE sequence = ?', sequence);
    connection.run('DELETE FROM message_bodies WHERE sequence = ?', sequence);
  }
  if (rows.length < limit) {
    connection.run('DELETE FROM message_groups WHERE shelf = ?', shelf);
    connection.run('DELETE FROM message_removals WHERE shelf = ?', shelf);
  }
  // An empty shelf is progress as well.
  return rows.length + 1;
}

const ON_SHELF = `SELECT sequence FROM messages WHERE message_group IS NULL AND shelf = ?
  UNION ALL
  SELECT sequence FROM message_groups CROSS JOIN messages ON message_group = message_groups.number WHERE message_groups.shelf = ?
  LIMIT ?`;

interface AgedRow {
  readonly sequence: number;
  readonly message_group: number | null;
  readonly body: string | null;
  readonly expires_at_ms: number | null;
  readonly queue: number | null;
}

/** In the order of the sequence, so that a full walk reads each message once, and never two walks at a time what is new. */
export function expireSome(
  connection: Connection,
  memory: QueueMemory,
  { after, nowMs, limit }: { readonly after: number; readonly nowMs: number; readonly limit: number },
): ExpiryStep {
  if (after === 0) forgetDeduplications(connection, nowMs, limit);
  const rows = connection.all<AgedRow>(AGED, after, limit);
  let earliestMs: number | undefined;
  for (const row of rows) {
    const { expires_at_ms: expiresAtMs, queue: number } = row;
    // Without a queue it lies on a shelf that is being swept.
    const queue = number === null ? undefined : memory.find(number);
    if (expiresAtMs === null || queue === undefined) continue;
    if (expiresAtMs > nowMs) {
      earliestMs = Math.min(earliestMs ?? Infinity, expiresAtMs);
      continue;
    }
    removeMessage(connection, queue, row);
    if (row.message_group !== null) settleGroup(connection, row.message_group, nowMs);
  }
  return { after: rows.length < limit ? undefined : rows.at(-1)?.sequence, earliestMs };
}

const AGED = `SELECT sequence, message_group, CASE WHEN body IS NULL THEN NULL ELSE '' END AS body,
    sent_at_ms + retention_ms AS expires_at_ms, number AS queue
  FROM messages LEFT JOIN queues ON queues.shelf = messages.shelf WHERE sequence > ? ORDER BY sequence LIMIT ?`;
