// Receives of FIFO queues that may be asked for again: whoever lost the answer gets the same messages by the same attempt id.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
//
// Owns: the receipts of such receives, for five minutes. They do not survive a restart: the messages are hidden until their time is over then.

import { LIMITS, type Clock } from '#kernel';
import type { MessageStore } from '#store';
import { queueMessageOf, type QueueMessage } from './queue-message.ts';
import type { Queue } from './queue.ts';
import { parseReceiptHandle, type ReceiptHandle } from './receipt-handle.ts';

interface Attempt {
  readonly handles: readonly ReceiptHandle[];
  readonly untilMs: number;
}

export class ReceiveAttempts {
  readonly #store: MessageStore;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #attempts = new Map<string, Attempt>();

  constructor(store: MessageStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Undefined when there was no such attempt, or when its messages are not all as they were. */
  async again(queue: Queue, attemptId: string, visibleAtMs: number): Promise<readonly QueueMessage[] | undefined> {
    const attempt = this.#attempts.get(keyOf(queue, attemptId));
    const nowMs = this.#clock.now();
    if (attempt === undefined || attempt.untilMs <= nowMs) return undefined;
    const messages = await this.#store.receiveAgain(queue.number, attempt.handles, { nowMs, visibleAtMs });
    return messages?.map((message, index) => queueMessageOf(queue, message, attempt.handles[index]?.receivedAtMs ?? nowMs));
  }

  remember(queue: Queue, attemptId: string, messages: readonly QueueMessage[]): void {
    if (messages.length === 0) return;
    this.#forgetOld();
    this.#attempts.delete(keyOf(queue, attemptId));
    this.#attempts.set(keyOf(queue, attemptId), {
      handles: messages.map(({ receiptHandle }) => parseReceiptHandle(queue.number, receiptHandle)),
      untilMs: this.#clock.now() + LIMITS.queueReceiveAttemptMs,
    });
  }

  #forgetOld(): void {
    const nowMs = this.#clock.now();
    for (const [key, { untilMs }] of this.#attempts) {
      if (untilMs > nowMs && this.#attempts.size < LIMITS.queueReceiveAttempts) return;
      this.#attempts.delete(key);
    }
  }
}

function keyOf(queue: Queue, attemptId: string): string {
  return `${queue.number}/${attemptId}`;
}
