// Message attributes and the text of messages: what they may be, and how much of a message's size they are.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import { ApiError, LIMITS } from '#kernel';
import { invalid } from './queue-answers.ts';

export interface MessageAttribute {
  /** `String`, `Number`, `Binary`, each perhaps with a label of the sender's own: `Number.float`. */
  readonly type: string;
  /** In base64 when it is binary. */
  readonly value: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

// XML's, and so those of a JSON text that an XML API could also carry. https://www.w3.org/TR/REC-xml/#charsets
const ALLOWED_TEXT = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const ALLOWED = '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';
const NAME = /^[A-Za-z0-9_.-]+$/;
const TYPE = /^(String|Number|Binary)(\..+)?$/s;
// Each digit has one place: two runs of digits side by side would be tried in all their lengths, for minutes of a long text.
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export function checkBody(body: string): void {
  if (!ALLOWED_TEXT.test(body)) {
    throw new ApiError(
      'InvalidMessageContents',
      `Invalid characters were found in the message body, the set of allowed characters is ${ALLOWED}`,
    );
  }
}

export function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > LIMITS.messageAttributes) {
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${LIMITS.messageAttributes}].`);
  }
  for (const [name, attribute] of entries) {
    checkName(name);
    checkAttribute(name, attribute);
  }
}

function checkName(name: string): void {
  const isWrong = name.startsWith('.') || name.endsWith('.') || name.includes('..') || !NAME.test(name);
  if (isWrong || /^(aws|amazon)\./i.test(name) || name.length > LIMITS.messageAttributeNameLength) {
    throw invalid(
      `Message (user) attribute name '${name.slice(0, 256)}' is invalid: it can contain A-Z, a-z, 0-9, underscore, hyphen, and period, up to 256 of them; it can neither start or end with a period nor have two in succession, nor begin with AWS. or Amazon.`,
    );
  }
}

function checkAttribute(name: string, { type, value }: MessageAttribute): void {
  if (type === '') throw invalid(`The message attribute '${name}' must contain a non-empty message attribute type.`);
  const [, kind] = TYPE.exec(type) ?? [];
  if (kind === undefined || type.length > LIMITS.messageAttributeTypeLength) {
    throw invalid(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (value === '') {
    throw invalid(
      `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${kind}'.`,
    );
  }
  if (kind === 'Number' && !isNumber(value)) {
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  if (kind !== 'Binary' && !ALLOWED_TEXT.test(value)) {
    throw invalid(
      `Invalid characters were found in the value of message (user) attribute '${name}', the set of allowed characters is ${ALLOWED}`,
    );
  }
}

/** Up to 38 digits, between -10^128 and 10^126. */
function isNumber(value: string): boolean {
  const text = value.trim();
  if (!NUMBER.test(text)) return false;
  const digits = text.replace(/e.*$/i, '').replace(/[^\d]/g, '').replace(/^0+/, '');
  return digits.length <= 38 && Math.abs(Number(text)) <= 1e128;
}

/** Body, and of each attribute its name, type and value. */
export function sizeOf(body: string, attributes: MessageAttributes | undefined): number {
  let bytes = Buffer.byteLength(body);
  if (attributes === undefined) return bytes;
  for (const [name, { type, value }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type);
    bytes += Buffer.byteLength(value, type.startsWith('Binary') ? 'base64' : 'utf8');
  }
  return bytes;
}
