// Counts of a queue's messages: what is hidden is counted, which is bounded by what may be in flight and what is delayed; what lies
// visible is the rest of a number that is kept.

import type { MessageCounts } from '../messages.ts';
import type { Connection } from './connection.ts';
import type { RememberedQueue } from './queue-memory.ts';

type Hidden = Omit<MessageCounts, 'visible'>;

export function countInFlight(connection: Connection, queue: RememberedQueue, nowMs: number): number {
  return hidden(connection, queue, nowMs).inFlight;
}

export function counts(connection: Connection, queue: RememberedQueue, nowMs: number): MessageCounts {
  queue.messages ??= countAll(connection, queue);
  const { inFlight, delayed } = hidden(connection, queue, nowMs);
  return { visible: Math.max(0, queue.messages - inFlight - delayed), inFlight, delayed };
}

function hidden(connection: Connection, { shelf, isFifo }: RememberedQueue, nowMs: number): Hidden {
  const found = isFifo
    ? connection.get<Hidden>(HIDDEN_IN_GROUPS, nowMs, shelf, nowMs)
    : connection.get<Hidden>(HIDDEN_ON_SHELF, shelf, nowMs);
  return found ?? { inFlight: 0, delayed: 0 };
}

const HIDDEN_ON_SHELF = `SELECT count(*) FILTER (WHERE receives > 0) AS inFlight, count(*) FILTER (WHERE receives = 0) AS delayed
  FROM messages WHERE message_group IS NULL AND shelf = ? AND visible_at_ms > ?`;
// A group is held up by the messages of it that are in flight, or by the delay of its first.
const HIDDEN_IN_GROUPS = `SELECT coalesce(sum(in_flight), 0) AS inFlight, coalesce(sum(CASE in_flight WHEN 0 THEN
    (SELECT count(*) FROM messages WHERE message_group = number AND visible_at_ms > ?) ELSE 0 END), 0) AS delayed
  FROM message_groups WHERE shelf = ? AND ready_at_ms > ?`;

function countAll(connection: Connection, { shelf, isFifo }: RememberedQueue): number {
  const sql = isFifo
    ? 'SELECT count(*) AS count FROM message_groups CROSS JOIN messages ON message_group = message_groups.number WHERE message_groups.shelf = ?'
    : 'SELECT count(*) AS count FROM messages WHERE message_group IS NULL AND shelf = ?';
  return connection.get<{ readonly count: number }>(sql, shelf)?.count ?? 0;
}
