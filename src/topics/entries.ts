// A message for one subscription, as the outbox takes it: ready to be sent, with how often to try and where it goes if nobody takes it.

import { derivedUuid, LIMITS, type Clock, type Log, type Random, type Scope } from '#kernel';
import { deliveryOfEntry } from '#outbox';
import type { DeadLetter, HttpTarget, MessageAttributes as QueueAttributes, OutboxEntry, RetryPolicy, Target } from '#outbox';
import type { NewDelivery } from '#store';
import type { Audience, Subscriber } from './audience.ts';
import { MAIL_RETRY, MANAGED_ENDPOINT_RETRY, webRetry } from './delivery-policy.ts';
import { unsubscribePageUrl, unsubscribeUrl, type PublicUrl } from './links.ts';
import { notificationMail } from './mail-texts.ts';
import { isBinary, type MessageAttributes } from './message-attributes.ts';
import { envelope, lambdaEvent, notificationToSign, type MessageForProtocol, type Signed } from './message-documents.ts';
import { textForProtocol, type Message } from './message.ts';
import { isFifo } from './topic-record.ts';

/** How long a web server may take to answer. https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
export const WEB_TIMEOUT_MS = 15_000;
export const AGENT = 'Amazon Simple Notification Service Agent';
export const SNS = 'sns.amazonaws.com';

export interface EntryTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly publicUrl: () => PublicUrl;
  readonly sign: (text: string, version: '1' | '2') => Promise<Signed>;
}

/** A message of which everything that needs time is done: entries for its subscribers are made at once. */
export interface PreparedMessage {
  readonly message: Message;
  /** Undefined for what cannot be delivered and has no dead-letter queue: it is dropped, and the log says so. */
  entryFor(subscriber: Subscriber): OutboxEntry | undefined;
}

/** Signs what these subscribers get: one signature for all of them, or one for each text where protocols have texts of their own. */
export async function prepareMessage(
  tools: EntryTools,
  audience: Audience,
  message: Message,
  subscribers: readonly Subscriber[],
): Promise<PreparedMessage> {
  const protocols = new Set(subscribers.filter((subscriber) => !isBare(subscriber)).map(({ record }) => record.protocol));
  const signed = isFifo(audience.topic) ? new Map<string, Signed>() : await signTexts(tools, audience, message, protocols);
  return {
    message,
    entryFor(subscriber) {
      const { protocol } = subscriber.record;
      const text = textForProtocol(message, protocol);
      return entryOf(tools, audience.scope, { message, text, signed: signed.get(text) }, subscriber);
    },
  };
}

export function deliveriesOf(prepared: PreparedMessage, subscribers: readonly Subscriber[]): readonly NewDelivery[] {
  return subscribers.flatMap((subscriber) => {
    const entry = prepared.entryFor(subscriber);
    return entry === undefined ? [] : [deliveryOfEntry(entry)];
  });
}

/** Gets the text and nothing around it. */
function isBare({ isRaw, record }: Subscriber): boolean {
  return isRaw || record.protocol === 'email';
}

async function signTexts(
  { sign }: EntryTools,
  { topic }: Audience,
  message: Message,
  protocols: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Signed>> {
  const texts = new Set([...protocols].map((protocol) => textForProtocol(message, protocol)));
  const version = topic.settings.SignatureVersion === '2' ? '2' : '1';
  const signatures = [...texts].map(async (text) => [text, await sign(notificationToSign(message, text), version)] as const);
  return new Map(await Promise.all(signatures));
}

function entryOf(tools: EntryTools, scope: Scope, delivered: MessageForProtocol, subscriber: Subscriber): OutboxEntry | undefined {
  const { message, text } = delivered;
  const { arn, deadLetterArn, record } = subscriber;
  const entry = {
    // The same for a message that is published twice, since whoever published it could not know of the first time.
    id: derivedUuid(`${message.id} ${record.id}`),
    scope,
    sender: { service: SNS, arn: message.topicArn },
    retry: retryOf(subscriber),
    traceHeader: message.traceHeader,
    acceptedAtMs: message.publishedAtMs,
  };
  if (!isTooMuchForQueue(message, subscriber)) {
    const { target, payload } = deliveryTo(tools.publicUrl(), delivered, subscriber);
    return { ...entry, target, payload: Buffer.from(payload), deadLetter: deadLetterOf(subscriber) };
  }
  if (deadLetterArn !== undefined) return { ...entry, target: { kind: 'queue', arn: deadLetterArn }, payload: Buffer.from(text) };
  tools.log.write('warn', 'topic.discarded', { subscription: arn, message: message.id, reason: 'TooManyMessageAttributes' });
  return undefined;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html says that these are discarded as a client's error. */
function isTooMuchForQueue({ attributes }: Message, { isRaw, record }: Subscriber): boolean {
  return isRaw && record.protocol === 'sqs' && Object.keys(attributes).length > LIMITS.rawMessageAttributes;
}

interface Delivery {
  readonly target: Target;
  readonly payload: string;
}

function deliveryTo(publicUrl: PublicUrl, delivered: MessageForProtocol, subscriber: Subscriber): Delivery {
  const { arn, isRaw, record } = subscriber;
  const { protocol, endpoint, unsubscribeToken } = record;
  const { message, text } = delivered;
  const link = unsubscribeUrl(publicUrl, arn, unsubscribeToken);
  switch (protocol) {
    case 'lambda':
      return { target: { kind: 'function', arn: endpoint }, payload: lambdaEvent(delivered, arn, link) };
    case 'sqs':
      return {
        target: {
          kind: 'queue',
          arn: endpoint,
          ...(isRaw ? { attributes: queueAttributes(message.attributes) } : {}),
          ...(message.groupId === undefined ? {} : { groupId: message.groupId }),
          ...(endpoint.endsWith('.fifo') && message.deduplicationId !== undefined
            ? { deduplicationId: message.deduplicationId }
            : {}),
        },
        payload: isRaw ? text : envelope(delivered, link),
      };
    case 'http':
    case 'https':
      return {
        target: { kind: 'http', request: webRequest(message, subscriber) },
        payload: isRaw ? text : envelope(delivered, link),
      };
    case 'email': {
      const mail = notificationMail(message.subject, text, unsubscribePageUrl(publicUrl, arn, unsubscribeToken));
      return { target: mailTarget(subscriber, mail.subject), payload: mail.text };
    }
    case 'email-json':
      return {
        target: mailTarget(subscriber, notificationMail(message.subject, '', '').subject),
        payload: envelope(delivered, link),
      };
    default:
      return protocol satisfies never;
  }
}

function mailTarget({ record, senderName }: Subscriber, subject: string): Target {
  return { kind: 'email', address: record.endpoint, subject, ...(senderName === undefined ? {} : { senderName }) };
}

function webRequest(message: Message, { arn, isRaw, policy, record }: Subscriber): HttpTarget {
  return {
    method: 'POST',
    url: record.endpoint,
    headers: {
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': message.id,
      'x-amz-sns-topic-arn': message.topicArn,
      'x-amz-sns-subscription-arn': arn,
      ...(isRaw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
      'content-type': policy.headerContentType,
      'user-agent': AGENT,
    },
    timeoutMs: WEB_TIMEOUT_MS,
    ...(policy.maxReceivesPerSecond === undefined ? {} : { perSecondMax: policy.maxReceivesPerSecond }),
  };
}

/** A queue knows no arrays: to it they are texts with a label, as on AWS. */
function queueAttributes(attributes: MessageAttributes): QueueAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, { type, value }]) => [name, { type, value }]));
}

function retryOf({ record, policy }: Subscriber): RetryPolicy {
  switch (record.protocol) {
    case 'lambda':
    case 'sqs':
      return MANAGED_ENDPOINT_RETRY;
    case 'http':
    case 'https':
      return webRetry(policy.healthyRetryPolicy);
    case 'email':
    case 'email-json':
      return MAIL_RETRY;
    default:
      return record.protocol satisfies never;
  }
}

function deadLetterOf({ deadLetterArn }: Subscriber): DeadLetter | undefined {
  return deadLetterArn === undefined ? undefined : { arn: deadLetterArn, style: 'sns' };
}

/** What the longest entry of a message takes in the store, near enough to bound a step by. */
export function entryBytes({ text, textFor, attributes }: Pick<Message, 'text' | 'textFor' | 'attributes'>): number {
  let bytes = 2048 + Math.max(text.length, ...Object.values(textFor).map(({ length }) => length));
  for (const { type, value } of Object.values(attributes)) bytes += 64 + (isBinary(type) ? 2 : 1) * value.length;
  return bytes;
}
