// Queues and messages in SQLite.

import type { MessageStore } from '../messages.ts';
import type { Connection } from './connection.ts';
import { settle } from './deliveries.ts';
import { checkedLimit } from './keys.ts';
import { counts } from './message-counts.ts';
import { move } from './message-moves.ts';
import { receive } from './message-receiving.ts';
import { Receipts } from './message-receipts.ts';
import { MESSAGE_COLUMNS, messageOf, type MessageRow } from './message-rows.ts';
import { send } from './message-sending.ts';
import { expireSome, sweepRemoved } from './message-sweep.ts';
import { QueueMemory } from './queue-memory.ts';
import { sqliteQueueRows } from './queue-rows.ts';
import type { MessageSweep, Sync } from './verbs.ts';

export function sqliteMessages(connection: Connection): Sync<MessageStore & MessageSweep> {
  const memory = new QueueMemory(connection);
  const receipts = new Receipts(connection, memory);
  return {
    ...sqliteQueueRows(connection, memory),
    send: (queue, messages) => send(connection, memory, queue, messages),

    sendSettling(queue, messages, claim) {
      if (memory.find(queue) === undefined) return undefined;
      return settle(connection, claim) ? send(connection, memory, queue, messages) : 'lost';
    },

    receive: (request) => receive(connection, memory, request),
    receiveAgain: (queue, again, times) => receipts.receiveAgain(queue, again, times),
    remove: (queue, removed, nowMs) => receipts.remove(queue, removed, nowMs),
    changeVisibility: (queue, changes, nowMs) => receipts.changeVisibility(queue, changes, nowMs),
    peek: (queue, nowMs, limit) => peek(connection, memory, queue, { nowMs, limit: checkedLimit(limit) }),

    counts(number, nowMs) {
      const queue = memory.find(number);
      return queue === undefined ? undefined : counts(connection, queue, nowMs);
    },

    move: (request) => move(connection, memory, request),
    expireSome: (after, nowMs, limit) => expireSome(connection, memory, { after, nowMs, limit: checkedLimit(limit) }),
    sweepRemoved: (limit) => sweepRemoved(connection, checkedLimit(limit)),
  };
}

function peek(
  connection: Connection,
  memory: QueueMemory,
  number: number,
  { nowMs, limit }: { readonly nowMs: number; readonly limit: number },
): ReturnType<Sync<MessageStore>['peek']> {
  const queue = memory.find(number);
  if (queue === undefined) return [];
  const rows = connection.all<MessageRow>(queue.isFifo ? FIRST_IN_GROUPS : FIRST_ON_SHELF, queue.shelf, nowMs, nowMs, limit);
  return rows.map((row) => messageOf(connection, row));
}

const FIRST_ON_SHELF = `SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE message_group IS NULL AND shelf = ? AND visible_at_ms <= min(?, ?) ORDER BY visible_at_ms, receives, sequence LIMIT ?`;
const FIRST_IN_GROUPS = `SELECT ${MESSAGE_COLUMNS.split(', ')
  .map((column) => `messages.${column}`)
  .join(', ')}
  FROM message_groups CROSS JOIN messages ON message_group = message_groups.number
  WHERE message_groups.shelf = ? AND ready_at_ms <= ? AND visible_at_ms <= ? ORDER BY ready_at_ms, message_groups.number, sequence LIMIT ?`;
