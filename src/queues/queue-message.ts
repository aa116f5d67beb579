// A message as whoever receives it sees it.

import type { ReceivedMessage } from '#store';
import type { MessageAttributes } from './message-attributes.ts';
import { parseDetails } from './message-details.ts';
import type { Queue } from './queue.ts';
import { receiptHandle } from './receipt-handle.ts';

export interface QueueMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly digestOfBody: string;
  readonly attributes: MessageAttributes;
  /** An account, a role's session, a service. */
  readonly sender: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  /** In all queues that it was in. */
  readonly receives: number;
  readonly traceHeader: string | undefined;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly sequenceNumber: string | undefined;
  /** ARN of the queue that it was moved from because nobody could handle it. */
  readonly deadLetterSource: string | undefined;
}

const NONE: MessageAttributes = {};

export function queueMessageOf(queue: Queue, message: ReceivedMessage, receivedAtMs: number): QueueMessage {
  const details = parseDetails(message.details);
  const { sequence, receive } = message;
  return {
    id: message.id,
    receiptHandle: receiptHandle(queue.number, { sequence, receive, receivedAtMs }),
    body: message.body,
    digestOfBody: details.digest,
    attributes: details.attributes ?? NONE,
    sender: details.sender,
    sentAtMs: message.sentAtMs,
    firstReceivedAtMs: message.firstReceivedAtMs,
    receives: message.receives,
    traceHeader: details.traceHeader,
    groupId: details.groupId,
    deduplicationId: details.deduplicationId,
    sequenceNumber: queue.isFifo ? sequenceNumber(message.sequence) : undefined,
    deadLetterSource: message.deadLetterSource,
  };
}

/** Twenty digits, as AWS's are; greater for every later message. */
export function sequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(19, '0')}`;
}
