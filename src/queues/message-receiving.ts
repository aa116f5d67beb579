// Receiving: at once, or as soon as there is something within the time that the caller waits.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import { ApiError, LIMITS, type Clock } from '#kernel';
import type { MessageStore, ReceiveOutcome } from '#store';
import type { MessageRetention } from './message-retention.ts';
import { checkId } from './message-ids.ts';
import { noSuchQueue } from './queue-answers.ts';
import type { QueueDirectory } from './queue-directory.ts';
import type { QueueAddress } from './queue-names.ts';
import { queueMessageOf, type QueueMessage } from './queue-message.ts';
import type { Line, QueueWaiters } from './queue-waiters.ts';
import type { Queue } from './queue.ts';
import { parseReceiptHandle } from './receipt-handle.ts';
import type { ReceiveAttempts } from './receive-attempts.ts';

export interface ReceiveOptions {
  readonly max: number;
  /** Else the queue's. */
  readonly visibilitySeconds?: number | undefined;
  /** Hidden for so much longer than that. */
  readonly longerSeconds?: number | undefined;
  /** Else the queue's. */
  readonly waitMs?: number | undefined;
  /** Ends the wait; what comes after that is shown to others at once. Read only when there is a wait. */
  readonly signal?: AbortSignal | undefined;
  /** FIFO: the same again is answered with the same messages. */
  readonly attemptId?: string | undefined;
}

export interface ReceivingDependencies {
  readonly store: MessageStore;
  readonly directory: QueueDirectory;
  readonly waiters: QueueWaiters;
  readonly attempts: ReceiveAttempts;
  readonly retention: Pick<MessageRetention, 'expiresAt'>;
  readonly clock: Clock;
}

/** While as many are in flight as may be, whoever waits looks again then. */
const FULL_AGAIN_MS = 1000;

export class MessageReceiving {
  readonly #dependencies: ReceivingDependencies;

  constructor(dependencies: ReceivingDependencies) {
    this.#dependencies = dependencies;
  }

  /** None when the time is over. Throws when there is no such queue, and OverLimit. */
  async receive(address: QueueAddress, options: ReceiveOptions): Promise<readonly QueueMessage[]> {
    const { directory, attempts } = this.#dependencies;
    const queue = directory.known(address) ?? (await directory.need(address));
    const { attemptId } = options;
    if (attemptId !== undefined) checkId(attemptId, 'ReceiveRequestAttemptId');
    if (attemptId === undefined || !queue.isFifo) return this.#receive(queue, options);
    const again = await attempts.again(queue, attemptId, this.#visibleAtMs(queue, options));
    if (again !== undefined) return again;
    const messages = await this.#receive(queue, options);
    attempts.remember(queue, attemptId, messages);
    return messages;
  }

  /** Resolves when a message may be there to receive, or when `signal` says so. It takes nothing. */
  async wait(address: QueueAddress, signal: AbortSignal): Promise<void> {
    const { directory, waiters, clock } = this.#dependencies;
    const queue = directory.known(address) ?? (await directory.need(address));
    const line = waiters.join(queue.number);
    try {
      for (;;) {
        const seen = line.arrivals;
        const outcome = await this.#claim(queue, { max: 0 });
        if (outcome.nextVisibleAtMs !== undefined && outcome.nextVisibleAtMs <= clock.now()) {
          // It stays for whoever receives next.
          line.arrived(1);
          return;
        }
        if ((await this.#rest(line, { seen, nextVisibleAtMs: outcome.nextVisibleAtMs, waitMs: Infinity, signal })) === 'aborted')
          return;
      }
    } finally {
      line.leave();
    }
  }

  async #receive(queue: Queue, options: ReceiveOptions): Promise<readonly QueueMessage[]> {
    const waitMs = options.waitMs ?? queue.options.waitSeconds * 1000;
    if (waitMs > 0) return this.#longPoll(queue, options, waitMs);
    const { messages, isFull } = await this.#claim(queue, options);
    if (isFull && !queue.isFifo) throw overLimit();
    return messages;
  }

  async #longPoll(queue: Queue, options: ReceiveOptions, waitMs: number): Promise<readonly QueueMessage[]> {
    const { waiters, clock } = this.#dependencies;
    const { max, signal } = options;
    const endMs = clock.monotonicMs() + waitMs;
    const line = waiters.join(queue.number);
    try {
      for (;;) {
        const seen = line.arrivals;
        const { messages, nextVisibleAtMs } = await this.#claim(await this.#asItIs(queue), options);
        if (messages.length === max || signal?.aborted === true) line.arrived(1);
        if (signal?.aborted === true) return await this.#giveBack(queue, messages);
        if (messages.length > 0) return messages;
        const outcome = await this.#rest(line, { seen, nextVisibleAtMs, waitMs: endMs - clock.monotonicMs(), signal });
        if (outcome !== 'woken') return [];
      }
    } finally {
      line.leave();
    }
  }

  /** Whoever waits for days hides messages for as long as the queue says by then. */
  async #asItIs(queue: Queue): Promise<Queue> {
    const { directory } = this.#dependencies;
    const found = directory.known(queue) ?? (await directory.find(queue));
    // Another queue of its name has a line of its own; that this one is gone is what the store says.
    return found?.number === queue.number ? found : queue;
  }

  async #rest(line: Line, rest: Rest): Promise<'woken' | 'timedOut' | 'aborted'> {
    if (line.arrivals !== rest.seen) return 'woken';
    if (rest.waitMs <= 0) return 'timedOut';
    if (rest.nextVisibleAtMs !== undefined) line.dueAt(rest.nextVisibleAtMs);
    return line.wait(rest.waitMs, rest.signal);
  }

  /** The caller left while they were claimed: nobody has seen them. */
  async #giveBack(queue: Queue, messages: readonly QueueMessage[]): Promise<readonly QueueMessage[]> {
    const { store, waiters, clock } = this.#dependencies;
    const receipts = messages.map(({ receiptHandle: handle }) => handle);
    if (receipts.length === 0) return [];
    const nowMs = clock.now();
    await store.changeVisibility(
      queue.number,
      receipts.map((handle) => ({
        receipt: parseReceiptHandle(queue.number, handle),
        visibleAtMs: nowMs,
        isUncounted: true,
      })),
      nowMs,
    );
    waiters.arrived(queue.number, receipts.length);
    return [];
  }

  async #claim(queue: Queue, options: ReceiveOptions): Promise<Claimed> {
    const { store, directory, clock } = this.#dependencies;
    const nowMs = clock.now();
    const visibleAtMs = this.#visibleAtMs(queue, options);
    const outcome: ReceiveOutcome = await store.receive({
      queue: queue.number,
      nowMs,
      visibleAtMs,
      limit: options.max,
      inFlightMax: LIMITS.queueMessagesInFlight,
      source: queue.arn,
    });
    switch (outcome.kind) {
      case 'absent':
        directory.forget(queue);
        throw noSuchQueue();
      case 'overLimit':
        return { messages: [], nextVisibleAtMs: nowMs + FULL_AGAIN_MS, isFull: true };
      case 'received':
        this.#tell(queue, outcome, visibleAtMs);
        return {
          messages: outcome.messages.map((message) => queueMessageOf(queue, message, nowMs)),
          nextVisibleAtMs: outcome.nextVisibleAtMs,
          isFull: false,
        };
      default:
        return outcome satisfies never;
    }
  }

  /** What others who wait have to know of it: when there is something again, here or among the dead letters. */
  #tell(queue: Queue, { messages, nextVisibleAtMs, movedTo }: Received, visibleAtMs: number): void {
    const { waiters, retention, clock } = this.#dependencies;
    if (messages.length > 0) waiters.dueAt(queue.number, visibleAtMs);
    if (nextVisibleAtMs !== undefined) waiters.dueAt(queue.number, nextVisibleAtMs);
    if (movedTo === undefined) return;
    waiters.arrived(movedTo);
    // The dead-letter queue may keep messages for a shorter time.
    retention.expiresAt(clock.now());
  }

  #visibleAtMs({ options }: Queue, { visibilitySeconds = options.visibilitySeconds, longerSeconds = 0 }: ReceiveOptions): number {
    const seconds = Math.min(visibilitySeconds + longerSeconds, LIMITS.queueVisibilitySeconds);
    return this.#dependencies.clock.now() + seconds * 1000;
  }
}

type Received = Extract<ReceiveOutcome, { kind: 'received' }>;

interface Claimed {
  readonly messages: readonly QueueMessage[];
  readonly nextVisibleAtMs: number | undefined;
  readonly isFull: boolean;
}

interface Rest {
  readonly seen: number;
  readonly nextVisibleAtMs: number | undefined;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

function overLimit(): ApiError {
  return new ApiError(
    'OverLimit',
    `Too many messages in flight: at most ${LIMITS.queueMessagesInFlight} messages of a queue may be received and not yet deleted.`,
  );
}
