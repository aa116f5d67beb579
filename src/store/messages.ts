// Queues and their messages. A queue's messages lie on its shelf, in the order in which they become visible; a receive takes them from
// the front and hides them for a time, so that it costs what it returns, however many are hidden or delayed behind.
//
// What the store itself acts on (retention, the dead-letter queue, strict order) it is told in `QueueSettings`; the rest of a queue, and
// what a message carries besides its body, is text that the queues' own room reads and writes.

import type { DeliveryClaim } from './deliveries.ts';
import type { Json, Scope } from './store.ts';

export interface QueueSettings {
  /** Strict order within each message group. */
  readonly isFifo: boolean;
  readonly retentionMs: number;
  /** A queue of the same scope. While there is none of that name, messages stay where they are. */
  readonly deadLetter?: { readonly name: string; readonly receivesMax: number } | undefined;
}

export interface QueueRow {
  /** Never reused: a queue that is made again under its name has another. */
  readonly number: number;
  readonly scope: Scope;
  readonly name: string;
  readonly createdAtMs: number;
  readonly revision: number;
  readonly settings: QueueSettings;
  readonly attributes: Json;
}

export type NewQueue = Pick<QueueRow, 'scope' | 'name' | 'createdAtMs' | 'settings' | 'attributes'>;
export interface QueueChange extends Pick<QueueRow, 'number' | 'revision' | 'settings' | 'attributes'> {
  /** FIFO: how long after it was sent each message becomes visible that nobody has received yet. Looks at all of them. */
  readonly delayMs?: number | undefined;
}

export interface QueueQuery {
  readonly scope: Scope;
  readonly prefix?: string;
  /** Only queues that name this one as their dead-letter queue. */
  readonly deadLetter?: string;
  /** Only names greater than this one, by bytes. */
  readonly after?: string;
  readonly limit: number;
}

export interface NewMessage {
  readonly id: string;
  readonly body: string;
  /** What comes back beside the body, unread by the store. */
  readonly details: string;
  readonly sentAtMs: number;
  readonly visibleAtMs: number;
  /** FIFO: whose order it is in. */
  readonly group?: string | undefined;
  /** FIFO: until then, another message of this key is not stored. */
  readonly deduplication?: { readonly key: string; readonly untilMs: number } | undefined;
}

export interface SentMessage {
  readonly id: string;
  /** Grows from message to message. */
  readonly sequence: number;
  /** The ids are those of the message that was first. */
  readonly isDuplicate: boolean;
}

/** One receive of one message: a later receive of it has another. */
export interface Receipt {
  readonly sequence: number;
  readonly receive: number;
}

export interface ReceivedMessage extends Receipt {
  readonly id: string;
  readonly body: string;
  readonly details: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  /** In all queues that it was in. */
  readonly receives: number;
  readonly visibleAtMs: number;
  /** The queue that it was moved from because nobody could handle it. */
  readonly deadLetterSource?: string | undefined;
}

export interface ReceiveRequest {
  readonly queue: number;
  readonly nowMs: number;
  readonly visibleAtMs: number;
  /** At most so many; fewer when their bodies are large. */
  readonly limit: number;
  /** Nothing is received while so many are in flight. */
  readonly inFlightMax: number;
  /** Written into messages that are moved to the dead-letter queue by this receive. */
  readonly source: string;
}

export type ReceiveOutcome =
  | {
      readonly kind: 'received';
      readonly messages: readonly ReceivedMessage[];
      /** When fewer came than were asked for: when the next one becomes visible. A change may make it earlier. */
      readonly nextVisibleAtMs: number | undefined;
      /** The dead-letter queue, when messages were moved to it. */
      readonly movedTo: number | undefined;
    }
  | { readonly kind: 'overLimit' }
  | { readonly kind: 'absent' };

/**
 * `stale`: it was received again since. `expired` (FIFO alone): it may be received again already. `gone`: it is not in the queue any more.
 * `notInFlight`: its visibility timeout is over.
 */
export type RemovalOutcome = 'removed' | 'stale' | 'expired' | 'gone';
export type VisibilityOutcome = 'changed' | 'stale' | 'gone' | 'notInFlight';

export interface ReceiptOutcomes<Outcome> {
  readonly outcomes: readonly Outcome[];
  /** FIFO: a group that was held up can be received from. */
  readonly hasUnblocked: boolean;
}

export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface MoveRequest {
  readonly source: number;
  /** Undefined: each to the queue of this scope that it came from, by the ARN's last part. */
  readonly destination: number | undefined;
  /** The ids of the messages as they are in their new queue; as many are moved at most. */
  readonly ids: readonly string[];
  readonly nowMs: number;
}

export interface MoveOutcome {
  readonly moved: number;
  readonly destinations: readonly number[];
  /** Why it cannot go on: the destination is gone, or a message does not say where it came from. */
  readonly obstacle: 'sourceAbsent' | 'destinationAbsent' | 'originUnknown' | undefined;
}

export interface ExpiryStep {
  /** Where the next step goes on; undefined at the end. */
  readonly after: number | undefined;
  /** Among what was looked at and kept: when the first of them expires. */
  readonly earliestMs: number | undefined;
}

/** Verbs that name a queue by its number answer `undefined` (or `absent`) when it is no more. */
export interface MessageStore {
  /** `exists`: with the queue that has the name. */
  createQueue(queue: NewQueue): Promise<{ readonly kind: 'created' | 'exists'; readonly queue: QueueRow }>;
  getQueue(scope: Scope, name: string): Promise<QueueRow | undefined>;
  /** Undefined when the revision is not the queue's any more. */
  changeQueue(change: QueueChange): Promise<QueueRow | undefined>;
  /** Its messages are gone at once. */
  removeQueue(queue: number): Promise<boolean>;
  /** By name. */
  listQueues(query: QueueQuery): Promise<readonly QueueRow[]>;
  /** Removes every message, also those in flight, at once. */
  purge(queue: number): Promise<boolean>;

  send(queue: number, messages: readonly NewMessage[]): Promise<readonly SentMessage[] | undefined>;
  /** Sends, and settles the delivery that these messages come from, in one step. `lost`: the claim on it was, and nothing is sent. */
  sendSettling(
    queue: number,
    messages: readonly NewMessage[],
    claim: DeliveryClaim,
  ): Promise<readonly SentMessage[] | 'lost' | undefined>;
  /** Not synced: after a power failure some of it may not have happened, after a kill all of it has. */
  receive(request: ReceiveRequest): Promise<ReceiveOutcome>;
  /** The same messages once more under the same receipts, hidden anew; undefined unless all of them are in flight under these. */
  receiveAgain(queue: number, receipts: readonly Receipt[], times: MessageTimes): Promise<readonly ReceivedMessage[] | undefined>;
  remove(queue: number, receipts: readonly Receipt[], nowMs: number): Promise<ReceiptOutcomes<RemovalOutcome> | undefined>;
  changeVisibility(
    queue: number,
    changes: readonly VisibilityChange[],
    nowMs: number,
  ): Promise<ReceiptOutcomes<VisibilityOutcome> | undefined>;
  /** The visible ones that a receive would take first, left as they are. */
  peek(queue: number, nowMs: number, limit: number): Promise<readonly ReceivedMessage[]>;
  /** Counts what is hidden; what lies visible is known from the first count on. */
  counts(queue: number, nowMs: number): Promise<MessageCounts | undefined>;
  /** Moves the oldest visible messages, as new ones. */
  move(request: MoveRequest): Promise<MoveOutcome>;
  /** Forgets some messages whose retention is over, from the sequence `after` on. */
  expireSome(after: number, nowMs: number, limit: number): Promise<ExpiryStep>;
}

export interface VisibilityChange {
  readonly receipt: Receipt;
  readonly visibleAtMs: number;
  /** As if it had not been received this time: nobody did anything with it. Its receipt is spent all the same. */
  readonly isUncounted?: boolean | undefined;
}

export interface MessageTimes {
  readonly nowMs: number;
  readonly visibleAtMs: number;
}
