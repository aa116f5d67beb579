// The documents in which subscribers get a message: SNS's JSON envelope, a Lambda event, a mail. Pure.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html

import type { Message } from './message.ts';

/** A signature over the members that the version names; FIFO topics sign nothing. */
export interface Signed {
  readonly version: '1' | '2';
  readonly signature: string;
  readonly certificateUrl: string;
}

/** What is the same for every subscription of one protocol. */
export interface MessageForProtocol {
  readonly message: Message;
  readonly text: string;
  readonly signed: Signed | undefined;
}

/** What is asked of a subscriber: to confirm, or to restore what was ended. */
export interface Question {
  readonly type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly id: string;
  readonly token: string;
  readonly topicArn: string;
  readonly text: string;
  readonly subscribeUrl: string;
  readonly askedAtMs: number;
}

export function timestampOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** What a signature of a notification is over: names and values on lines of their own, in the order of the alphabet. */
export function notificationToSign(message: Message, text: string): string {
  return lines({
    Message: text,
    MessageId: message.id,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Timestamp: timestampOf(message.publishedAtMs),
    TopicArn: message.topicArn,
    Type: 'Notification',
  });
}

export function questionToSign(question: Question): string {
  return lines({
    Message: question.text,
    MessageId: question.id,
    SubscribeURL: question.subscribeUrl,
    Timestamp: timestampOf(question.askedAtMs),
    Token: question.token,
    TopicArn: question.topicArn,
    Type: question.type,
  });
}

/** The envelope as queues and web servers get it. What differs from subscription to subscription is one member. */
export function envelope({ message, text, signed }: MessageForProtocol, unsubscribeUrl: string): string {
  return document({
    Type: 'Notification',
    MessageId: message.id,
    ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
    TopicArn: message.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: text,
    Timestamp: timestampOf(message.publishedAtMs),
    ...signatureMembers(signed),
    UnsubscribeURL: unsubscribeUrl,
    ...(Object.keys(message.attributes).length === 0 ? {} : { MessageAttributes: attributesOf(message) }),
  });
}

export function questionDocument(question: Question, signed: Signed): string {
  return document({
    Type: question.type,
    MessageId: question.id,
    Token: question.token,
    TopicArn: question.topicArn,
    Message: question.text,
    SubscribeURL: question.subscribeUrl,
    Timestamp: timestampOf(question.askedAtMs),
    ...signatureMembers(signed),
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function lambdaEvent(
  { message, text, signed }: MessageForProtocol,
  subscriptionArn: string,
  unsubscribeUrl: string,
): string {
  return JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: message.id,
          TopicArn: message.topicArn,
          Subject: message.subject ?? null,
          Message: text,
          Timestamp: timestampOf(message.publishedAtMs),
          SignatureVersion: signed?.version,
          Signature: signed?.signature,
          SigningCertUrl: signed?.certificateUrl,
          UnsubscribeUrl: unsubscribeUrl,
          MessageAttributes: attributesOf(message),
        },
      },
    ],
  });
}

interface SnsRecord {
  readonly Subject: string | null;
  readonly SigningCertUrl: string;
  readonly UnsubscribeUrl: string;
  readonly MessageAttributes: object;
  readonly [member: string]: string | object | null;
}

/**
 * The envelope of the message in an event that `lambdaEvent` wrote: what a dead-letter queue gets of a function that could not be invoked, since whoever
 * reads it there looks for a notification.
 */
export function envelopeOfLambdaEvent(event: Uint8Array): string {
  const { Records } = JSON.parse(Buffer.from(event).toString()) as { readonly Records: readonly [{ readonly Sns: SnsRecord }] };
  const { Subject, SigningCertUrl, UnsubscribeUrl, MessageAttributes, Message, Timestamp, SignatureVersion, Signature, ...first } =
    Records[0].Sns;
  return document(
    present({
      ...first,
      Subject,
      Message,
      Timestamp,
      SignatureVersion,
      Signature,
      SigningCertURL: SigningCertUrl,
      UnsubscribeURL: UnsubscribeUrl,
      MessageAttributes: Object.keys(MessageAttributes).length === 0 ? null : MessageAttributes,
    }),
  );
}

function present(members: Readonly<Record<string, string | object | null | undefined>>): Readonly<Record<string, string | object>> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string | object] => entry[1] !== null && entry[1] !== undefined),
  );
}

function attributesOf({ attributes }: Message): Readonly<Record<string, { readonly Type: string; readonly Value: string }>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { type, value }]) => [name, { Type: type, Value: value }]));
}

function signatureMembers(signed: Signed | undefined): Readonly<Record<string, string>> {
  if (signed === undefined) return {};
  return { SignatureVersion: signed.version, Signature: signed.signature, SigningCertURL: signed.certificateUrl };
}

function lines(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
}

/** A member on each line, with a blank on both sides of its colon: programs that look at the text know it so. */
function document(members: Readonly<Record<string, string | object>>): string {
  const written = Object.entries(members).map(([name, value]) => `  ${JSON.stringify(name)} : ${valueText(value)}`);
  return `{\n${written.join(',\n')}\n}`;
}

function valueText(value: string | object): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `    ${JSON.stringify(name)} : ${JSON.stringify(member)}`);
  return `{\n${members.join(',\n')}\n  }`;
}
