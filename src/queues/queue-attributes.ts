// Attributes of queues, from and to the texts that SQS has for them: each with its bounds, and for which queues there is one.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { parseResourcePolicy } from '#identity';
import { LIMITS } from '#kernel';
import type { MessageCounts } from '#store';
import { invalidAttribute, unknownAttribute, unsupported } from './queue-answers.ts';
import type { Queue, QueueOptions } from './queue.ts';
import { parseRedriveAllowPolicy, parseRedrivePolicy, redriveAllowPolicyText, redrivePolicyText } from './redrive-policies.ts';

export type AttributeTexts = Readonly<Record<string, string>>;

export const FRESH: QueueOptions = {
  delaySeconds: 0,
  messageBytesMax: LIMITS.queueMessageBytes,
  retentionSeconds: 4 * 24 * 3600,
  waitSeconds: 0,
  visibilitySeconds: 30,
  redrive: undefined,
  redriveAllow: undefined,
  policy: undefined,
  kmsReuseSeconds: undefined,
  hasContentDeduplication: false,
  deduplicationScope: 'queue',
  throughputLimit: 'perQueue',
};

/** What one attribute's text changes. Throws what SQS answers to a text that means nothing. */
type Reading = (text: string, name: string) => Partial<QueueOptions>;

const READINGS: Readonly<Record<string, Reading>> = {
  DelaySeconds: (text, name) => ({ delaySeconds: integer(text, name, 0, LIMITS.queueDelaySeconds) }),
  MaximumMessageSize: (text, name) => ({
    messageBytesMax: integer(text, name, LIMITS.queueMessageBytesMin, LIMITS.queueMessageBytes),
  }),
  MessageRetentionPeriod: (text, name) => ({
    retentionSeconds: integer(text, name, LIMITS.queueRetentionSecondsMin, LIMITS.queueRetentionSeconds),
  }),
  ReceiveMessageWaitTimeSeconds: (text, name) => ({ waitSeconds: integer(text, name, 0, LIMITS.queueWaitSeconds) }),
  VisibilityTimeout: (text, name) => ({ visibilitySeconds: integer(text, name, 0, LIMITS.queueVisibilitySeconds) }),
  RedrivePolicy: (text) => ({ redrive: text === '' ? undefined : parseRedrivePolicy(text) }),
  RedriveAllowPolicy: (text) => ({ redriveAllow: text === '' ? undefined : parseRedriveAllowPolicy(text) }),
  Policy: (text, name) => ({ policy: text === '' ? undefined : policy(text, name) }),
  KmsMasterKeyId: (text) => {
    if (text !== '') throw unencrypted('KmsMasterKeyId');
    return {};
  },
  KmsDataKeyReusePeriodSeconds: (text, name) => ({ kmsReuseSeconds: integer(text, name, 60, 86_400) }),
  SqsManagedSseEnabled: (text, name) => {
    if (boolean(text, name)) throw unencrypted('SqsManagedSseEnabled');
    return {};
  },
};

const FIFO_READINGS: Readonly<Record<string, Reading>> = {
  ContentBasedDeduplication: (text, name) => ({ hasContentDeduplication: boolean(text, name) }),
  DeduplicationScope: (text, name) => ({ deduplicationScope: oneOf(text, name, ['queue', 'messageGroup'] as const) }),
  FifoThroughputLimit: (text, name) => ({ throughputLimit: oneOf(text, name, ['perQueue', 'perMessageGroupId'] as const) }),
};

/** The options with `texts` over them. `FifoQueue` is the caller's business: no queue ever changes it. */
export function withAttributes(isFifo: boolean, options: QueueOptions, texts: AttributeTexts): QueueOptions {
  let changed = options;
  for (const [name, text] of Object.entries(texts)) {
    if (name === 'FifoQueue') continue;
    changed = { ...changed, ...readingOf(isFifo, name)(text, name) };
  }
  if (changed.throughputLimit === 'perMessageGroupId' && changed.deduplicationScope !== 'messageGroup') {
    throw invalidAttribute('FifoThroughputLimit', 'perMessageGroupId is allowed only when DeduplicationScope is messageGroup.');
  }
  return changed;
}

function readingOf(isFifo: boolean, name: string): Reading {
  if (Object.hasOwn(READINGS, name) && READINGS[name] !== undefined) return READINGS[name];
  if (isFifo && Object.hasOwn(FIFO_READINGS, name) && FIFO_READINGS[name] !== undefined) return FIFO_READINGS[name];
  throw unknownAttribute(name);
}

/** Those that are written down. Counts are others. */
export function attributeTexts(queue: Queue): AttributeTexts {
  const { options } = queue;
  return {
    QueueArn: queue.arn,
    CreatedTimestamp: seconds(queue.createdAtMs),
    LastModifiedTimestamp: seconds(queue.modifiedAtMs),
    VisibilityTimeout: String(options.visibilitySeconds),
    MaximumMessageSize: String(options.messageBytesMax),
    MessageRetentionPeriod: String(options.retentionSeconds),
    DelaySeconds: String(options.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(options.waitSeconds),
    SqsManagedSseEnabled: 'false',
    ...(options.policy === undefined ? {} : { Policy: options.policy }),
    ...(options.redrive === undefined ? {} : { RedrivePolicy: redrivePolicyText(options.redrive) }),
    ...(options.redriveAllow === undefined ? {} : { RedriveAllowPolicy: redriveAllowPolicyText(options.redriveAllow) }),
    ...(options.kmsReuseSeconds === undefined ? {} : { KmsDataKeyReusePeriodSeconds: String(options.kmsReuseSeconds) }),
    ...(queue.isFifo
      ? {
          FifoQueue: 'true',
          ContentBasedDeduplication: String(options.hasContentDeduplication),
          DeduplicationScope: options.deduplicationScope,
          FifoThroughputLimit: options.throughputLimit,
        }
      : {}),
  };
}

export function countTexts({ visible, inFlight, delayed }: MessageCounts): AttributeTexts {
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

/** Every name that may be asked for. */
export const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set([
  'All',
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'FifoQueue',
  ...Object.keys(READINGS),
  ...Object.keys(FIFO_READINGS),
  ...Object.keys(countTexts({ visible: 0, inFlight: 0, delayed: 0 })),
]);

function seconds(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}

function integer(text: string, name: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw invalidAttribute(name);
  return value;
}

function boolean(text: string, name: string): boolean {
  return oneOf(text.toLowerCase(), name, ['true', 'false'] as const) === 'true';
}

function oneOf<Value extends string>(text: string, name: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === text);
  if (found === undefined) throw invalidAttribute(name);
  return found;
}

function policy(text: string, name: string): string {
  if (Buffer.byteLength(text) > LIMITS.queuePolicyBytes) {
    throw invalidAttribute(name, `A policy has at most ${LIMITS.queuePolicyBytes} bytes.`);
  }
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw invalidAttribute(name, parsed.reason);
  return text;
}

/** Said once and not forgotten: a queue that claims to be encrypted and is not would be worse than none. */
function unencrypted(name: string): Error {
  return unsupported(
    `${name}: queues are not encrypted with keys of their own here. Leave the attribute out, and put the data folder on an encrypted disk.`,
  );
}
