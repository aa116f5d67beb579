// Receiving: the front of a shelf, or of the groups that are ready. On its way a receive drops what is past its retention and moves what
// was received too often; each message is met so once.

import type { ReceivedMessage, ReceiveOutcome, ReceiveRequest } from '../messages.ts';
import type { Connection } from './connection.ts';
import { checkedLimit } from './keys.ts';
import { countInFlight } from './message-counts.ts';
import { settleGroup } from './message-groups.ts';
import { claimMessage, MESSAGE_COLUMNS, removeMessage, type MessageRow } from './message-rows.ts';
import { moveToDeadLetters } from './message-sending.ts';
import type { QueueMemory, RememberedQueue } from './queue-memory.ts';

/** A receive takes no more than this (and one body more) into memory, whatever its limit says. */
const RECEIVED_CHARACTERS = 16 * 1024 * 1024;
/** What one step drops and moves at most, so that ten thousand poison messages do not hold up the store. */
const PASSED_OVER = 500;
/** A queue that is full is counted again no sooner. */
const COUNTED_AGAIN_MS = 1000;

export function receive(connection: Connection, memory: QueueMemory, request: ReceiveRequest): ReceiveOutcome {
  const queue = memory.find(request.queue);
  if (queue === undefined) return { kind: 'absent' };
  if (isFull(connection, queue, request)) return { kind: 'overLimit' };
  const claim = new Claim(connection, queue, deadLettersOf(memory, queue), request);
  if (queue.isFifo) claim.takeGroups();
  else claim.takeFront();
  return claim.outcome();
}

/** `inFlightMost` grows with every claim, and is counted when it might be too much. */
function isFull(connection: Connection, queue: RememberedQueue, { nowMs, limit, inFlightMax }: ReceiveRequest): boolean {
  if (queue.inFlightMost !== undefined) {
    if (queue.inFlightMost + limit <= inFlightMax) return false;
    if (Math.abs(nowMs - queue.inFlightCountedAtMs) < COUNTED_AGAIN_MS) return queue.inFlightMost >= inFlightMax;
  }
  queue.inFlightMost = countInFlight(connection, queue, nowMs);
  queue.inFlightCountedAtMs = nowMs;
  return queue.inFlightMost >= inFlightMax;
}

function deadLettersOf(memory: QueueMemory, { scope, deadLetter, isFifo }: RememberedQueue): RememberedQueue | undefined {
  const target = deadLetter === undefined ? undefined : memory.named(scope, deadLetter.name);
  return target?.isFifo === isFifo ? target : undefined;
}

class Claim {
  readonly #connection: Connection;
  readonly #queue: RememberedQueue;
  readonly #deadLetters: RememberedQueue | undefined;
  readonly #request: ReceiveRequest;
  readonly #limit: number;
  readonly #messages: ReceivedMessage[] = [];
  readonly #taken = new Set<number>();
  #characters = 0;
  #passedOver = 0;
  #hasMoved = false;

  constructor(connection: Connection, queue: RememberedQueue, deadLetters: RememberedQueue | undefined, request: ReceiveRequest) {
    this.#connection = connection;
    this.#queue = queue;
    this.#deadLetters = deadLetters;
    this.#request = request;
    this.#limit = checkedLimit(request.limit);
  }

  /** Once more only where something was passed over: with a visibility timeout of 0 what was taken lies in front again. */
  takeFront(): void {
    for (let passedOver = -1; passedOver < this.#passedOver && this.#left > 0;) {
      passedOver = this.#passedOver;
      const rows = this.#connection.all<MessageRow>(FRONT, this.#queue.shelf, this.#request.nowMs, this.#left);
      for (const row of rows) if (this.#left > 0 && !this.#taken.has(row.sequence)) this.#take(row);
    }
  }

  takeGroups(): void {
    for (let passedOver = -1; passedOver < this.#passedOver && this.#left > 0;) {
      passedOver = this.#passedOver;
      const groups = this.#connection.all<{ readonly number: number }>(
        'SELECT number FROM message_groups WHERE shelf = ? AND ready_at_ms <= ? ORDER BY ready_at_ms, number LIMIT ?',
        this.#queue.shelf,
        this.#request.nowMs,
        this.#left,
      );
      for (const { number } of groups) if (this.#left > 0) this.#takeGroup(number);
    }
  }

  #takeGroup(group: number): void {
    const rows = this.#connection.all<MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_group = ? ORDER BY sequence LIMIT ?`,
      group,
      this.#left,
    );
    for (const row of rows) {
      if (this.#left <= 0 || row.visible_at_ms > this.#request.nowMs) break;
      if (!this.#taken.has(row.sequence)) this.#take(row);
    }
    settleGroup(this.#connection, group, this.#request.nowMs);
  }

  #take(row: MessageRow): void {
    const { nowMs, source } = this.#request;
    const receivesMax = this.#queue.deadLetter?.receivesMax ?? Infinity;
    if (row.sent_at_ms + this.#queue.retentionMs <= nowMs) {
      this.#passedOver += 1;
      removeMessage(this.#connection, this.#queue, row);
    } else if (this.#deadLetters !== undefined && row.receives - row.uncounted >= receivesMax) {
      this.#passedOver += 1;
      this.#hasMoved = true;
      moveToDeadLetters(this.#connection, row, { from: this.#queue, to: this.#deadLetters, source, nowMs });
    } else {
      const message = claimMessage(this.#connection, row, this.#request);
      this.#characters += message.body.length;
      this.#messages.push(message);
      this.#taken.add(row.sequence);
    }
  }

  get #left(): number {
    if (this.#characters >= RECEIVED_CHARACTERS || this.#passedOver >= PASSED_OVER) return 0;
    return this.#limit - this.#messages.length;
  }

  outcome(): ReceiveOutcome {
    const messages = this.#messages;
    if (this.#queue.inFlightMost !== undefined) this.#queue.inFlightMost += messages.length;
    return {
      kind: 'received',
      messages,
      nextVisibleAtMs: messages.length < Math.max(1, this.#limit) ? this.#nextVisibleAtMs() : undefined,
      movedTo: this.#hasMoved ? this.#deadLetters?.number : undefined,
    };
  }

  /** Also one that is visible already: the step ended before it. */
  #nextVisibleAtMs(): number | undefined {
    const sql = this.#queue.isFifo ? NEXT_GROUP : NEXT_MESSAGE;
    return this.#connection.get<{ readonly at: number }>(sql, this.#queue.shelf)?.at;
  }
}

const FRONT = `SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE message_group IS NULL AND shelf = ? AND visible_at_ms <= ? ORDER BY visible_at_ms, receives, sequence LIMIT ?`;
const NEXT_MESSAGE =
  'SELECT visible_at_ms AS at FROM messages WHERE message_group IS NULL AND shelf = ? ORDER BY visible_at_ms LIMIT 1';
const NEXT_GROUP = 'SELECT ready_at_ms AS at FROM message_groups WHERE shelf = ? ORDER BY ready_at_ms LIMIT 1';
