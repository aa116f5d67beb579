// Attributes of a message: what their names, types and values may be, in SNS's words.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html

import { badAttribute } from './topic-answers.ts';

/** `Binary` values in base64, as every document that carries them has them. */
export interface MessageAttribute {
  /** `String`, `Number`, `Binary` or `String.Array`, with a label of the publisher's after a dot. */
  readonly type: string;
  readonly value: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** As the wire has it. */
export interface GivenAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

const TYPE = /^(String|Number|Binary)(\..+)?$/;
// Each digit has one place: two runs of digits side by side would be tried in all their lengths, for minutes of a long text.
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/;

export function parseMessageAttributes(given: Readonly<Record<string, GivenAttribute>>): MessageAttributes {
  // Entries and not a literal: a name may be `__proto__`.
  return Object.fromEntries(Object.entries(given).map(([name, attribute]) => [checkName(name), parse(name, attribute)]));
}

/** What the attributes add to a message's size: names, types and values, as bytes. */
export function attributeBytes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, { type, value }] of Object.entries(attributes))
    bytes +=
      Buffer.byteLength(name) + type.length + (isBinary(type) ? Buffer.byteLength(value, 'base64') : Buffer.byteLength(value));
  return bytes;
}

export function isBinary(type: string): boolean {
  return type === 'Binary' || type.startsWith('Binary.');
}

function checkName(name: string): string {
  if (Buffer.byteLength(name) > 256) throw badAttribute('Length of message attribute name must be less than 256 bytes.');
  const foreign = /[^A-Za-z0-9_.-]/.exec(name)?.[0];
  if (foreign !== undefined)
    throw badAttribute(
      `Invalid non-alphanumeric character '#x${foreign.charCodeAt(0).toString(16).toUpperCase()}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  if (name.startsWith('.')) throw badAttribute("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.')) throw badAttribute("Invalid message attribute name ending with character '.' was found.");
  if (name.includes('..')) throw badAttribute("Message attribute name can not have successive '.' character.");
  return name;
}

function parse(name: string, { DataType: type, StringValue: text, BinaryValue: bytes }: GivenAttribute): MessageAttribute {
  const [, base] = TYPE.exec(type) ?? [];
  if (base === undefined)
    throw badAttribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  if (base === 'Binary') {
    if (bytes === undefined && text !== undefined)
      throw badAttribute(`The message attribute '${name}' with type 'Binary' must use field 'Binary'.`);
    if (bytes === undefined || bytes.byteLength === 0) throw emptyValue(name, base);
    return { type, value: Buffer.from(bytes).toString('base64') };
  }
  if (text === undefined && bytes !== undefined)
    throw badAttribute(`The message attribute '${name}' with type '${base}' must use field 'String'.`);
  if (text === undefined || text === '') throw emptyValue(name, base);
  if (base === 'Number' && !NUMBER.test(text)) throw badAttribute(`Could not cast message attribute '${name}' value to number.`);
  return { type, value: text };
}

function emptyValue(name: string, base: string): Error {
  return badAttribute(
    `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${base}'.`,
  );
}
