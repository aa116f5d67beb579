// Redrive: messages leave a dead-letter queue as new ones, each for the queue that it came from or all for one.

import type { MoveOutcome, MoveRequest } from '../messages.ts';
import type { Connection } from './connection.ts';
import { groupForNew, groupName, settleGroup } from './message-groups.ts';
import { bodyOf, insertMessage, MESSAGE_COLUMNS, removeMessage, type MessageRow } from './message-rows.ts';
import type { QueueMemory, RememberedQueue } from './queue-memory.ts';

export function move(connection: Connection, memory: QueueMemory, request: MoveRequest): MoveOutcome {
  const source = memory.find(request.source);
  if (source === undefined) return { moved: 0, destinations: [], obstacle: 'sourceAbsent' };
  const destinations = new Set<number>();
  let moved = 0;
  for (const id of request.ids) {
    const row = firstVisible(connection, source, request.nowMs);
    if (row === undefined) break;
    const found = destinationOf(memory, source, row, request);
    if (typeof found === 'string') return { moved, destinations: [...destinations], obstacle: found };
    moveOne(connection, row, { source, destination: found, id, nowMs: request.nowMs });
    destinations.add(found.number);
    moved += 1;
  }
  return { moved, destinations: [...destinations], obstacle: undefined };
}

function destinationOf(
  memory: QueueMemory,
  source: RememberedQueue,
  row: MessageRow,
  request: MoveRequest,
): RememberedQueue | 'destinationAbsent' | 'originUnknown' {
  if (request.destination !== undefined) return memory.find(request.destination) ?? 'destinationAbsent';
  const name = row.dead_letter_source?.split(':').at(-1);
  if (name === undefined) return 'originUnknown';
  return memory.named(source.scope, name) ?? 'destinationAbsent';
}

function firstVisible(connection: Connection, source: RememberedQueue, nowMs: number): MessageRow | undefined {
  if (!source.isFifo) {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages
      WHERE message_group IS NULL AND shelf = ? AND visible_at_ms <= ? ORDER BY visible_at_ms, receives, sequence LIMIT 1`;
    return connection.get<MessageRow>(sql, source.shelf, nowMs);
  }
  // Not in turns: a group is moved as a whole, in its order.
  const group = connection.get<{ readonly number: number }>(
    'SELECT number FROM message_groups WHERE shelf = ? AND ready_at_ms <= ? ORDER BY ready_at_ms, number LIMIT 1',
    source.shelf,
    nowMs,
  );
  if (group === undefined) return undefined;
  const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_group = ? ORDER BY sequence LIMIT 1`;
  return connection.get<MessageRow>(sql, group.number);
}

interface Move {
  readonly source: RememberedQueue;
  readonly destination: RememberedQueue;
  readonly id: string;
  readonly nowMs: number;
}

function moveOne(connection: Connection, row: MessageRow, { source, destination, id, nowMs }: Move): void {
  const body = row.body ?? bodyOf(connection, row.sequence);
  const group =
    row.message_group === null ? null : groupForNew(connection, destination, groupName(connection, row.message_group), nowMs);
  removeMessage(connection, source, row);
  if (row.message_group !== null) settleGroup(connection, row.message_group, nowMs);
  insertMessage(connection, destination, { id, body, details: row.details, sentAtMs: nowMs, visibleAtMs: nowMs }, group);
}
