// A message as it was published and checked: what a topic hands on to its subscriptions.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

import { createHash } from 'node:crypto';
import { LIMITS } from '#kernel';
import { attributeBytes, parseMessageAttributes, type GivenAttribute, type MessageAttributes } from './message-attributes.ts';
import { invalid } from './topic-answers.ts';

/** What a publisher says. Members are named as on the wire, without its capitals. */
export interface NewMessage {
  readonly message: string;
  readonly subject?: string | undefined;
  /** `json`: `message` is a document with a text for each protocol. */
  readonly structure?: string | undefined;
  readonly attributes?: Readonly<Record<string, GivenAttribute>> | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export interface Message {
  readonly id: string;
  readonly topicArn: string;
  readonly publishedAtMs: number;
  readonly subject: string | undefined;
  readonly text: string;
  /** Where a protocol gets another text. */
  readonly textFor: Readonly<Record<string, string>>;
  readonly attributes: MessageAttributes;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  /** FIFO topics number their messages. */
  readonly sequenceNumber: string | undefined;
  readonly traceHeader: string | undefined;
}

/** A message before its topic gave it a place and a number. */
export type CheckedMessage = Pick<Message, 'subject' | 'text' | 'textFor' | 'attributes' | 'groupId' | 'deduplicationId'> & {
  readonly bytes: number;
};

export interface TopicRules {
  readonly isFifo: boolean;
  readonly contentBasedDeduplication: boolean;
}

const ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;
/** No control characters, and nothing that would begin a line of its own in a mail's head. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const BAD_SUBJECT = /[\u0000-\u001f\u007f\u2028\u2029]/;

/** Throws what Publish answers. */
export function checkMessage(given: NewMessage, rules: TopicRules): CheckedMessage {
  const { message, subject, structure } = given;
  if (message === '') throw invalid('Empty message');
  if (subject !== undefined && !isSubject(subject)) throw invalid('Subject');
  if (structure !== undefined && structure !== 'json') throw invalid('MessageStructure', 'It is json, or left out');
  const attributes = parseMessageAttributes(given.attributes ?? {});
  const bytes = Buffer.byteLength(message) + attributeBytes(attributes);
  if (bytes > LIMITS.topicMessageBytes) throw invalid('Message too long');
  const texts = structure === 'json' ? textsOf(message) : { text: message, textFor: {} };
  return { ...texts, subject, attributes, bytes, ...orderOf(given, rules) };
}

export function textForProtocol(message: Pick<Message, 'text' | 'textFor'>, protocol: string): string {
  return (Object.hasOwn(message.textFor, protocol) ? message.textFor[protocol] : undefined) ?? message.text;
}

function isSubject(subject: string): boolean {
  return subject.length >= 1 && subject.length <= LIMITS.topicSubjectLength && !BAD_SUBJECT.test(subject);
}

function textsOf(document: string): Pick<Message, 'text' | 'textFor'> {
  const parsed = parseDocument(document);
  if (parsed === undefined) throw invalid('Message Structure - JSON message body failed to parse');
  const texts = Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const text = texts.find(([name]) => name === 'default')?.[1];
  if (text === undefined) throw invalid('Message Structure - No default entry in JSON message body');
  return { text, textFor: Object.fromEntries(texts.filter(([name]) => name !== 'default')) };
}

function parseDocument(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function orderOf(
  { message, groupId, deduplicationId }: NewMessage,
  { isFifo, contentBasedDeduplication }: TopicRules,
): Pick<Message, 'groupId' | 'deduplicationId'> {
  if (groupId !== undefined && !ID.test(groupId))
    throw invalid('MessageGroupId', 'It is 1 to 128 letters, digits and punctuation marks');
  if (!isFifo) {
    if (deduplicationId !== undefined)
      throw invalid(
        'MessageDeduplicationId',
        'The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      );
    return { groupId, deduplicationId };
  }
  if (groupId === undefined) throw invalid('The MessageGroupId parameter is required for FIFO topics');
  if (deduplicationId === undefined && !contentBasedDeduplication)
    throw invalid('The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
  if (deduplicationId !== undefined && !ID.test(deduplicationId))
    throw invalid('MessageDeduplicationId', 'It is 1 to 128 letters, digits and punctuation marks');
  return { groupId, deduplicationId: deduplicationId ?? createHash('sha256').update(message).digest('hex') };
}
