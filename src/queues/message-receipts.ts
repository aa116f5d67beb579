// What is done under receipt handles: deleting, and changing the visibility timeout. One outcome for each handle.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html

import { ApiError, LIMITS, type Clock } from '#kernel';
import type { MessageStore, RemovalOutcome, VisibilityOutcome } from '#store';
import { expiredReceiptHandle, invalidValue, noSuchQueue } from './queue-answers.ts';
import type { QueueDirectory } from './queue-directory.ts';
import type { QueueAddress } from './queue-names.ts';
import type { QueueWaiters } from './queue-waiters.ts';
import type { Queue } from './queue.ts';
import { parseReceiptHandle, type ReceiptHandle } from './receipt-handle.ts';

export interface ReceiptDependencies {
  readonly store: MessageStore;
  readonly directory: QueueDirectory;
  readonly waiters: QueueWaiters;
  readonly clock: Clock;
}

/** Undefined: it is done. */
export type ReceiptResult = ApiError | undefined;

export interface VisibilityRequest {
  readonly receiptHandle: string;
  readonly seconds: number;
  /** As if it had not been received this time: it does not bring the message nearer to the dead-letter queue. */
  readonly isUncounted?: boolean;
}

export class MessageReceipts {
  readonly #dependencies: ReceiptDependencies;

  constructor(dependencies: ReceiptDependencies) {
    this.#dependencies = dependencies;
  }

  /** In one step, on the disk when it resolves. What is gone already counts as deleted. */
  async remove(address: QueueAddress, handles: readonly string[]): Promise<readonly ReceiptResult[]> {
    const queue = await this.#queue(address);
    const parsed = handles.map((handle) => attempt(() => parseReceiptHandle(queue.number, handle)));
    const valid = parsed.filter(isParsed);
    const { store, clock } = this.#dependencies;
    const outcomes = valid.length === 0 ? [] : await this.#done(queue, store.remove(queue.number, valid, clock.now()));
    let next = 0;
    return parsed.map((each, index) => {
      if (each instanceof ApiError) return each;
      return removalError(outcomes[next++], handles[index] ?? '');
    });
  }

  async changeVisibility(address: QueueAddress, requests: readonly VisibilityRequest[]): Promise<readonly ReceiptResult[]> {
    const queue = await this.#queue(address);
    const { store, waiters, clock } = this.#dependencies;
    const nowMs = clock.now();
    const parsed = requests.map((request) => attempt(() => changeOf(queue, request, nowMs)));
    const valid = parsed.filter(isParsed);
    const outcomes = valid.length === 0 ? [] : await this.#done(queue, store.changeVisibility(queue.number, valid, nowMs));
    // In a FIFO queue the group tells: one message that is visible again is no use while another of its group is in flight.
    for (const { visibleAtMs } of queue.isFifo ? [] : valid) {
      if (visibleAtMs <= nowMs) waiters.arrived(queue.number);
      else waiters.dueAt(queue.number, visibleAtMs);
    }
    let next = 0;
    return parsed.map((each, index) => {
      if (each instanceof ApiError) return each;
      return visibilityError(outcomes[next++], requests[index]?.receiptHandle ?? '');
    });
  }

  async #done<Outcome>(
    queue: Queue,
    step: Promise<{ readonly outcomes: readonly Outcome[]; readonly hasUnblocked: boolean } | undefined>,
  ): Promise<readonly Outcome[]> {
    const { directory, waiters, clock } = this.#dependencies;
    const done = await step;
    if (done === undefined) {
      directory.forget(queue);
      throw noSuchQueue();
    }
    // Also when no group is ready yet, one may be earlier than it was: whoever waits looks once and learns the time.
    if (done.hasUnblocked) waiters.arrived(queue.number);
    else if (queue.isFifo) waiters.dueAt(queue.number, clock.now());
    return done.outcomes;
  }

  async #queue(address: QueueAddress): Promise<Queue> {
    const { directory } = this.#dependencies;
    return directory.known(address) ?? directory.need(address);
  }
}

function attempt<Result>(work: () => Result): Result | ApiError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function isParsed<Result>(each: Result | ApiError): each is Exclude<Result, ApiError> {
  return !(each instanceof ApiError);
}

function changeOf(queue: Queue, { receiptHandle, seconds, isUncounted }: VisibilityRequest, nowMs: number) {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LIMITS.queueVisibilitySeconds) {
    throw invalidValue(seconds, 'VisibilityTimeout', `Must be between 0 and ${LIMITS.queueVisibilitySeconds}, if provided.`);
  }
  const receipt: ReceiptHandle = parseReceiptHandle(queue.number, receiptHandle);
  const visibleAtMs = nowMs + seconds * 1000;
  if (visibleAtMs > receipt.receivedAtMs + LIMITS.queueVisibilitySeconds * 1000) {
    throw invalidValue(
      seconds,
      'VisibilityTimeout',
      `Total VisibilityTimeout for the message is beyond the limit [${LIMITS.queueVisibilitySeconds} seconds].`,
    );
  }
  return { receipt, visibleAtMs, isUncounted };
}

/** A message that was received again since is not deleted under an old handle, and AWS does not say so either, but for FIFO queues. */
function removalError(outcome: RemovalOutcome | undefined, handle: string): ReceiptResult {
  switch (outcome) {
    case 'removed':
    case 'stale':
    case 'gone':
      return undefined;
    case 'expired':
      return expiredReceiptHandle(handle);
    case undefined:
      throw new Error('The store has answered for fewer receipts than it was given.');
    default:
      return outcome satisfies never;
  }
}

function visibilityError(outcome: VisibilityOutcome | undefined, handle: string): ReceiptResult {
  switch (outcome) {
    case 'changed':
      return undefined;
    case 'gone':
    case 'stale':
      return invalidValue(handle, 'ReceiptHandle', 'Message does not exist or is not available for visibility timeout change.');
    case 'notInFlight':
      return new ApiError('MessageNotInflight', 'The specified message is not in flight.');
    case undefined:
      throw new Error('The store has answered for fewer receipts than it was given.');
    default:
      return outcome satisfies never;
  }
}
