// An event pattern's text, taken apart: alternatives, each a list of fields that must all be fulfilled. `$or` makes alternatives of what
// was one, multiplied where several stand beside each other.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

import { LIMITS } from '#kernel';
import { JsonFault, readJson, type JsonNode, type ObjectNode } from './json-nodes.ts';
import { readLeaf } from './leaf-syntax.ts';
import type { Operator } from './operators.ts';

/** The names of its fields, joined by dots, and what each must fulfil. */
export type Alternative = ReadonlyMap<string, readonly Operator[]>;

/** A pattern that passed. */
export interface Pattern {
  readonly alternatives: readonly Alternative[];
}

/** What is wrong with a pattern, in AWS's words: what it writes after "Event pattern is not valid. Reason: ". */
export class InvalidPattern extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'InvalidPattern';
  }
}

/** Throws `InvalidPattern`. */
export function parsePattern(text: string): Pattern {
  return withPlace(text, () => {
    const root = readJson(text);
    if (root.kind !== 'object') throw new JsonFault('Filter is not an object', root.openedAt);
    return { alternatives: readObject(root, { path: '', isInOr: false, alternatives: [] }) };
  });
}

/** Throws `InvalidPattern` for each `JsonFault`, with the place that AWS would name. */
export function withPlace<Result>(text: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new InvalidPattern(error.offset < 0 ? error.message : `${error.message}\n at ${placeOf(text, error.offset)}`);
  }
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  const shown = text.length > 500 ? `${text.slice(0, 500)}"[truncated ${text.length - 500} chars]` : `${text}"`;
  return `[Source: (String)"${shown}; line: ${before.length}, column: ${(before.at(-1)?.length ?? 0) + 1}]`;
}

interface Reading {
  readonly path: string;
  readonly isInOr: boolean;
  /** Those so far: none is one without fields. */
  readonly alternatives: readonly Alternative[];
}

function readObject(node: ObjectNode, { path, isInOr, alternatives }: Reading): readonly Alternative[] {
  if (node.members.length === 0) throw new JsonFault('Empty objects are not allowed', node.endsAt);
  let read = alternatives;
  for (const { name, value } of node.members) read = readMember(name, value, { path, isInOr, alternatives: read });
  return read;
}

function readMember(name: string, value: JsonNode, { path, isInOr, alternatives }: Reading): readonly Alternative[] {
  if (name === '$or') return readOr(value, { path, isInOr: true, alternatives });
  if (isInOr && RESERVED.has(name))
    throw new JsonFault(`${name} is Ruler reserved fieldName which cannot be used inside $or.`, value.openedAt);
  const inner = path === '' ? name : `${path}.${name}`;
  if (value.kind === 'object') return readObject(value, { path: inner, isInOr, alternatives });
  if (value.kind !== 'array') throw new JsonFault(`"${name}" must be an object or an array`, value.openedAt);
  const leaf = readLeaf(value);
  checkFields(alternatives);
  // A field that is named twice is what it is named last, as with AWS.
  return (alternatives.length === 0 ? [new Map<string, never>()] : alternatives).map((fields) =>
    new Map<string, readonly Operator[]>(fields).set(inner, leaf),
  );
}

/** Each field is written into every alternative: without a bound, a quarter of a MiB took minutes. */
function checkFields(alternatives: readonly Alternative[]): void {
  let together = 0;
  for (const { size } of alternatives) {
    together += size + 1;
    if (size >= LIMITS.patternFields || together > LIMITS.patternFieldsTogether)
      throw new JsonFault(
        `Rule is too complex: it has more than ${LIMITS.patternFields} fields, or ${LIMITS.patternFieldsTogether} in all combinations of $or`,
        -1,
      );
  }
}

function readOr(value: JsonNode, reading: Reading): readonly Alternative[] {
  if (value.kind !== 'array') throw new JsonFault('It must be an Array followed with $or.', value.openedAt);
  const alternatives: Alternative[] = [];
  for (const item of value.items) {
    if (item.kind !== 'object') throw new JsonFault('Only JSON object is allowed in array of $or relationship.', item.openedAt);
    alternatives.push(...readObject(item, reading));
    if (alternatives.length > LIMITS.patternAlternatives)
      throw new JsonFault(`Rule is too complex: $or makes more than ${LIMITS.patternAlternatives} combinations of it`, -1);
  }
  if (value.items.length < 2) throw new JsonFault('There must have at least 2 Objects in $or relationship.', value.endsAt);
  return alternatives;
}

/** Names that event-ruler keeps for operators of today and tomorrow. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard ' +
    'not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range ' +
    'ip-address-not-in-range'
  ).split(' '),
);
