// What is done to messages under the receipt of a receive: removed, hidden for another time, received once more.

import type {
  MessageTimes,
  Receipt,
  ReceiptOutcomes,
  ReceivedMessage,
  RemovalOutcome,
  VisibilityChange,
  VisibilityOutcome,
} from '../messages.ts';
import type { Connection } from './connection.ts';
import { settleGroup } from './message-groups.ts';
import { MESSAGE_COLUMNS, messageOf, removeMessage, type MessageRow } from './message-rows.ts';
import type { QueueMemory, RememberedQueue } from './queue-memory.ts';

interface HeldRow {
  readonly sequence: number;
  readonly message_group: number | null;
  readonly receives: number;
  readonly visible_at_ms: number;
  /** Null when it lies apart; the text itself is not needed. */
  readonly body: string | null;
}

const HELD = `SELECT sequence, message_group, receives, visible_at_ms, CASE WHEN body IS NULL THEN NULL ELSE '' END AS body
  FROM messages WHERE sequence = ? AND shelf = ?`;

export class Receipts {
  readonly #connection: Connection;
  readonly #memory: QueueMemory;

  constructor(connection: Connection, memory: QueueMemory) {
    this.#connection = connection;
    this.#memory = memory;
  }

  remove(number: number, receipts: readonly Receipt[], nowMs: number): ReceiptOutcomes<RemovalOutcome> | undefined {
    return this.#each<Receipt, RemovalOutcome>(number, receipts, nowMs, (queue, receipt, row) => {
      if (row === undefined) return 'gone';
      if (row.receives !== receipt.receive) return queue.isFifo ? 'expired' : 'stale';
      // Somebody else may receive it now, and its group may have moved on: the order holds only while it is in flight.
      if (queue.isFifo && row.visible_at_ms <= nowMs) return 'expired';
      removeMessage(this.#connection, queue, row);
      return 'removed';
    });
  }

  changeVisibility(
    number: number,
    changes: readonly VisibilityChange[],
    nowMs: number,
  ): ReceiptOutcomes<VisibilityOutcome> | undefined {
    return this.#each<VisibilityChange, VisibilityOutcome>(number, changes, nowMs, (_queue, change, row) => {
      const { receipt, visibleAtMs, isUncounted = false } = change;
      if (row === undefined) return 'gone';
      if (row.receives !== receipt.receive) return 'stale';
      if (row.visible_at_ms <= nowMs) return 'notInFlight';
      this.#connection.run(
        'UPDATE messages SET visible_at_ms = ?, uncounted = uncounted + ? WHERE sequence = ?',
        visibleAtMs,
        isUncounted ? 1 : 0,
        row.sequence,
      );
      return 'changed';
    });
  }

  receiveAgain(
    number: number,
    receipts: readonly Receipt[],
    { nowMs, visibleAtMs }: MessageTimes,
  ): readonly ReceivedMessage[] | undefined {
    const queue = this.#memory.find(number);
    if (queue === undefined) return undefined;
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE sequence = ? AND shelf = ? AND receives = ? AND visible_at_ms > ?`;
    const rows = receipts.map(({ sequence, receive }) =>
      this.#connection.get<MessageRow>(sql, sequence, queue.shelf, receive, nowMs),
    );
    if (!rows.every((row) => row !== undefined)) return undefined;
    const groups = new Set<number>();
    for (const row of rows) {
      this.#connection.run('UPDATE messages SET visible_at_ms = ? WHERE sequence = ?', visibleAtMs, row.sequence);
      if (row.message_group !== null) groups.add(row.message_group);
    }
    for (const group of groups) settleGroup(this.#connection, group, nowMs);
    return rows.map((row) => messageOf(this.#connection, { ...row, visible_at_ms: visibleAtMs }));
  }

  /** One row each, and one look at each group whose messages were changed. */
  #each<Item extends Receipt | VisibilityChange, Outcome>(
    number: number,
    items: readonly Item[],
    nowMs: number,
    change: (queue: RememberedQueue, item: Item, row: HeldRow | undefined) => Outcome,
  ): ReceiptOutcomes<Outcome> | undefined {
    const queue = this.#memory.find(number);
    if (queue === undefined) return undefined;
    const groups = new Set<number>();
    const outcomes = items.map((item) => {
      const { sequence } = 'receipt' in item ? item.receipt : item;
      const row = this.#connection.get<HeldRow>(HELD, sequence, queue.shelf);
      if (row?.message_group !== null && row !== undefined) groups.add(row.message_group);
      return change(queue, item, row);
    });
    let hasUnblocked = false;
    for (const group of groups) hasUnblocked = settleGroup(this.#connection, group, nowMs) || hasUnblocked;
    return { outcomes, hasUnblocked };
  }
}
