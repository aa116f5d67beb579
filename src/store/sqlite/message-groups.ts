// Message groups of FIFO queues: who may be received from, and when.
//
// Invariants:
//   I1  `ready_at_ms` is when the group's first message may be received: when it becomes visible, and while messages of the group are in
//       flight, when the last of them becomes visible again. So every group that is ready yields a message, and a receive costs what it
//       returns, however many groups are held up.
//   I2  Those of a group that were received come before those that were not, in the order of the sequence.
//   I3  A group is there while it has messages.

import type { Connection } from './connection.ts';
import { checkedText } from './keys.ts';
import type { RememberedQueue } from './queue-memory.ts';

/** The number of the group for a message that comes last in it. */
export function groupForNew(connection: Connection, queue: RememberedQueue, name: string, visibleAtMs: number): number {
  const found = connection.get<{ readonly number: number }>(
    'SELECT number FROM message_groups WHERE shelf = ? AND name = ?',
    queue.shelf,
    checkedText(name),
  );
  if (found !== undefined) return found.number;
  const number = connection.insert(
    'INSERT INTO message_groups (shelf, name, ready_at_ms, in_flight) VALUES (?, ?, ?, 0)',
    queue.shelf,
    name,
    visibleAtMs,
  );
  if (number === undefined) throw new Error('A message group was not stored.');
  return number;
}

export function groupName(connection: Connection, group: number): string {
  const row = connection.get<{ readonly name: string }>('SELECT name FROM message_groups WHERE number = ?', group);
  if (row === undefined) throw new Error(`There is no message group ${group}.`);
  return row.name;
}

/** Says anew when the group is ready, after messages of it were received, shown or removed. True when it is now. */
export function settleGroup(connection: Connection, group: number, nowMs: number): boolean {
  let first: { readonly visible_at_ms: number } | undefined;
  let inFlight = 0;
  let lastVisibleAtMs = 0;
  const sql = 'SELECT visible_at_ms, receives FROM messages WHERE message_group = ? ORDER BY sequence';
  for (const row of connection.iterate<{ readonly visible_at_ms: number; readonly receives: number }>(sql, group)) {
    first ??= row;
    // I2: nothing behind it is in flight.
    if (row.receives === 0) break;
    if (row.visible_at_ms <= nowMs) continue;
    inFlight += 1;
    lastVisibleAtMs = Math.max(lastVisibleAtMs, row.visible_at_ms);
  }
  if (first === undefined) {
    connection.run('DELETE FROM message_groups WHERE number = ?', group);
    return false;
  }
  // Whoever becomes ready now queues behind the groups that have been ready for longer.
  const readyAtMs = inFlight > 0 ? lastVisibleAtMs : Math.max(first.visible_at_ms, nowMs);
  connection.run('UPDATE message_groups SET ready_at_ms = ?, in_flight = ? WHERE number = ?', readyAtMs, inFlight, group);
  return readyAtMs <= nowMs;
}

/** Another delay for what nobody has received yet. A group whose first was received is ready when it was (I2). */
export function delayGroups(connection: Connection, shelf: number, delayMs: number): void {
  connection.run(
    `UPDATE messages SET visible_at_ms = sent_at_ms + ?
      WHERE receives = 0 AND message_group IN (SELECT number FROM message_groups WHERE shelf = ?)`,
    delayMs,
    shelf,
  );
  connection.run(
    `UPDATE message_groups SET ready_at_ms = first.visible_at_ms
      FROM (SELECT message_group, visible_at_ms, receives, min(sequence) FROM messages
        WHERE message_group IN (SELECT number FROM message_groups WHERE shelf = ?) GROUP BY message_group) AS first
      WHERE first.message_group = number AND first.receives = 0`,
    shelf,
  );
}
