// A message on its way out: as much of it as the receiver asked for.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import type { Message } from '@aws-sdk/client-sqs';
import { ApiError } from '#kernel';
import { ATTRIBUTE_NAMES, digestOfAttributes, type QueueMessage } from '#queues';
import { wireAttributes } from './operation.ts';

export type Selection = (name: string) => boolean;

const SYSTEM_ATTRIBUTES: Readonly<Record<string, (message: QueueMessage) => string | undefined>> = {
  SenderId: ({ sender }) => sender,
  SentTimestamp: ({ sentAtMs }) => String(sentAtMs),
  ApproximateReceiveCount: ({ receives }) => String(receives),
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAtMs }) => String(firstReceivedAtMs),
  SequenceNumber: ({ sequenceNumber }) => sequenceNumber,
  MessageDeduplicationId: ({ deduplicationId }) => deduplicationId,
  MessageGroupId: ({ groupId }) => groupId,
  AWSTraceHeader: ({ traceHeader }) => traceHeader,
  DeadLetterQueueSourceArn: ({ deadLetterSource }) => deadLetterSource,
};

/** Undefined: none. */
export function systemSelection(names: readonly string[]): Selection | undefined {
  if (names.length === 0) return undefined;
  // The model lets names of queue attributes through, and AWS answers nothing to them.
  const foreign = names.find((name) => !Object.hasOwn(SYSTEM_ATTRIBUTES, name) && !ATTRIBUTE_NAMES.has(name));
  if (foreign !== undefined) throw new ApiError('InvalidAttributeName', `Unknown Attribute ${foreign}.`);
  return names.includes('All') ? () => true : (name) => names.includes(name);
}

/** `All`, `.*`, names, and beginnings of names: `order.*`. */
export function attributeSelection(patterns: readonly string[]): Selection | undefined {
  if (patterns.length === 0) return undefined;
  if (patterns.includes('All') || patterns.includes('.*')) return () => true;
  const names = new Set(patterns);
  const prefixes = patterns.filter((pattern) => pattern.endsWith('.*')).map((pattern) => pattern.slice(0, -'.*'.length));
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

export function receivedMessage(message: QueueMessage, system: Selection | undefined, attributes: Selection | undefined): Message {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.digestOfBody,
    Body: message.body,
    ...(system === undefined ? {} : { Attributes: systemAttributes(message, system) }),
    ...(attributes === undefined ? {} : userAttributes(message, attributes)),
  };
}

function systemAttributes(message: QueueMessage, isWanted: Selection): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, valueOf] of Object.entries(SYSTEM_ATTRIBUTES)) {
    const value = isWanted(name) ? valueOf(message) : undefined;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** With the digest of those that are sent along, which the client checks. */
function userAttributes(
  { attributes }: QueueMessage,
  isWanted: Selection,
): Pick<Message, 'MessageAttributes' | 'MD5OfMessageAttributes'> {
  const wanted = Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
  const digest = digestOfAttributes(wanted);
  return digest === undefined ? {} : { MessageAttributes: wireAttributes(wanted), MD5OfMessageAttributes: digest };
}
