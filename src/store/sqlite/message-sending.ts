// Messages on their way in, and from a queue into its dead-letter queue.

import type { NewMessage, SentMessage } from '../messages.ts';
import type { Connection } from './connection.ts';
import { checkedText } from './keys.ts';
import { groupForNew, groupName } from './message-groups.ts';
import { bodyOf, insertMessage, removeMessage, type MessageRow } from './message-rows.ts';
import type { QueueMemory, RememberedQueue } from './queue-memory.ts';

/** Deduplications that are over, forgotten by each send: more than it adds, so that they do not pile up. */
const FORGOTTEN_PER_SEND = 20;

export function send(
  connection: Connection,
  memory: QueueMemory,
  number: number,
  messages: readonly NewMessage[],
): readonly SentMessage[] | undefined {
  const queue = memory.find(number);
  if (queue === undefined) return undefined;
  if (queue.isFifo) forgetDeduplications(connection, messages[0]?.sentAtMs ?? 0, FORGOTTEN_PER_SEND);
  return messages.map((message) => firstOfItsKey(connection, queue, message) ?? store(connection, queue, message));
}

function store(connection: Connection, queue: RememberedQueue, message: NewMessage): SentMessage {
  const { group, deduplication, id } = message;
  if (queue.isFifo !== (group !== undefined)) throw new Error('Messages of FIFO queues, and no others, have a group.');
  const number = group === undefined ? null : groupForNew(connection, queue, group, message.visibleAtMs);
  const sequence = insertMessage(connection, queue, message, number);
  if (deduplication !== undefined) {
    connection.run(
      'INSERT OR REPLACE INTO message_deduplications (queue, key, until_ms, sequence, id) VALUES (?, ?, ?, ?, ?)',
      queue.number,
      deduplication.key,
      deduplication.untilMs,
      sequence,
      id,
    );
  }
  return { id, sequence, isDuplicate: false };
}

function firstOfItsKey(
  connection: Connection,
  queue: RememberedQueue,
  { deduplication, sentAtMs }: NewMessage,
): SentMessage | undefined {
  if (deduplication === undefined) return undefined;
  const row = connection.get<{ readonly id: string; readonly sequence: number }>(
    'SELECT id, sequence FROM message_deduplications WHERE queue = ? AND key = ? AND until_ms > ?',
    queue.number,
    checkedText(deduplication.key),
    sentAtMs,
  );
  return row === undefined ? undefined : { id: row.id, sequence: row.sequence, isDuplicate: true };
}

export function forgetDeduplications(connection: Connection, nowMs: number, limit: number): void {
  connection.run(
    `DELETE FROM message_deduplications WHERE (queue, key) IN
      (SELECT queue, key FROM message_deduplications WHERE until_ms <= ? ORDER BY until_ms LIMIT ?)`,
    nowMs,
    limit,
  );
}

export interface DeadLetter {
  readonly from: RememberedQueue;
  readonly to: RememberedQueue;
  readonly source: string;
  readonly nowMs: number;
}

/**
 * Of a standard queue the message stays what it is, with the time at which it was sent; of a FIFO queue it comes last in its group there,
 * and its time begins anew. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export function moveToDeadLetters(connection: Connection, row: MessageRow, { from, to, source, nowMs }: DeadLetter): void {
  if (row.message_group === null) {
    connection.run(
      `UPDATE messages SET shelf = ?, visible_at_ms = ?, earlier_receives = earlier_receives + receives - uncounted, receives = 0, uncounted = 0, dead_letter_source = ?
        WHERE sequence = ?`,
      to.shelf,
      nowMs,
      source,
      row.sequence,
    );
    if (from.messages !== undefined) from.messages -= 1;
    if (to.messages !== undefined) to.messages += 1;
    return;
  }
  const body = row.body ?? bodyOf(connection, row.sequence);
  const group = groupForNew(connection, to, groupName(connection, row.message_group), nowMs);
  removeMessage(connection, from, row);
  const message = { id: row.id, body, details: row.details, sentAtMs: nowMs, visibleAtMs: nowMs };
  const sequence = insertMessage(connection, to, message, group);
  connection.run(
    'UPDATE messages SET earlier_receives = ?, first_received_at_ms = ?, dead_letter_source = ? WHERE sequence = ?',
    row.earlier_receives + row.receives - row.uncounted,
    row.first_received_at_ms,
    source,
    sequence,
  );
}
