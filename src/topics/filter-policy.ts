// Filter policies: which messages a subscription wants, by their attributes or by their text. The language is that of #patterns; what is
// SNS's own are the limits, the two scopes and the words of its errors. Pure.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html

import { LIMITS } from '#kernel';
import { eventTest, InvalidPattern, parsePattern, type EventTest, type Pattern } from '#patterns';
import { isBinary, type MessageAttributes } from './message-attributes.ts';
import { textForProtocol, type Message } from './message.ts';
import { invalid } from './topic-answers.ts';

export type FilterScope = 'MessageAttributes' | 'MessageBody';

/** A message as its filters see it; what is read of it is read once, for all of them. */
export interface FilteredMessage {
  readonly attributes: () => unknown;
  readonly body: (protocol: string) => unknown;
}

export type Filter = (message: FilteredMessage, protocol: string) => boolean;

/** Throws what SetSubscriptionAttributes answers. `where` stands before the error where the policy came with others (`Attributes Reason: `). */
export function checkFilterPolicy(text: string, scope: FilterScope, where = ''): void {
  if (Buffer.byteLength(text) > LIMITS.filterPolicyBytes)
    throw invalid(`${where}FilterPolicy: The filter policy has more than ${LIMITS.filterPolicyBytes} bytes`);
  parse(text, where);
  const policy = JSON.parse(text) as object;
  if (scope === 'MessageAttributes' && isNested(policy))
    throw invalid(`${where}Filter policy scope MessageAttributes does not support nested filter policy`);
  if (Object.keys(policy).length > LIMITS.filterPolicyKeys)
    throw invalid(`${where}FilterPolicy: Filter policy can not have more than ${LIMITS.filterPolicyKeys} keys`);
  if (combinationsOf(policy) > LIMITS.filterPolicyCombinations) throw invalid(`${where}FilterPolicy: Filter policy is too complex`);
}

/** Of a text that was checked. Undefined where it lets everything pass. */
export function compileFilterPolicy(text: string, scope: FilterScope): Filter | undefined {
  if (Object.keys(JSON.parse(text) as object).length === 0) return undefined;
  const test: EventTest = eventTest(parse(text, ''));
  return scope === 'MessageAttributes'
    ? ({ attributes }) => test(attributes())
    : ({ body }, protocol) => {
        const event = body(protocol);
        // What is no object has no keys to look at, and matches nothing: not even that one is missing.
        return typeof event === 'object' && event !== null && !Array.isArray(event) && test(event);
      };
}

export function filteredMessage(message: Pick<Message, 'text' | 'textFor' | 'attributes'>): FilteredMessage {
  let attributes: unknown;
  const bodies = new Map<string, unknown>();
  return {
    attributes: () => (attributes ??= attributeEvent(message.attributes)),
    body(protocol) {
      const text = textForProtocol(message, protocol);
      if (!bodies.has(text)) bodies.set(text, parsed(text));
      return bodies.get(text);
    },
  };
}

function parse(text: string, where: string): Pattern {
  // `{}` is a policy that lets everything pass; as a pattern it is none.
  try {
    return /^\s*\{\s*\}\s*$/.test(text) ? { alternatives: [] } : parsePattern(text);
  } catch (error) {
    if (error instanceof InvalidPattern) throw invalid(`${where}FilterPolicy: ${error.message}`);
    throw error;
  }
}

/** Attributes as an event with a member for each. Binary ones are not seen by filters. */
function attributeEvent(attributes: MessageAttributes): object {
  const seen = Object.entries(attributes).filter(([, { type }]) => !isBinary(type));
  return Object.fromEntries(seen.map(([name, { type, value }]) => [name, eventValue(type, value)]));
}

function eventValue(type: string, value: string): unknown {
  if (type === 'Number' || type.startsWith('Number.')) return Number(value);
  if (type !== 'String.Array') return value;
  // What says that it is an array and is none is the text that it is.
  const list = parsed(value);
  return Array.isArray(list) ? list : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Objects below keys; alternatives of `$or` are as flat as what they stand beside. */
function isNested(policy: object): boolean {
  return Object.entries(policy).some(([key, value]: [string, unknown]) =>
    isAlternatives(key, value) ? value.some(isNested) : !Array.isArray(value),
  );
}

/** The numbers of values, each times its depth, multiplied; alternatives are added up. */
function combinationsOf(policy: object, depth = 1): number {
  return Object.entries(policy).reduce((product: number, [key, value]: [string, unknown]) => {
    if (isAlternatives(key, value))
      return product * value.reduce((sum, alternative) => sum + combinationsOf(alternative, depth), 0);
    return product * (Array.isArray(value) ? value.length * depth : combinationsOf(value as object, depth + 1));
  }, 1);
}

function isAlternatives(key: string, value: unknown): value is readonly object[] {
  return key === '$or' && Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
