// Conditions that JSON and space-delimited patterns share: comparisons joined by && and ||, with parentheses.

import { invalidPattern } from './invalid-pattern.ts';
import type { PatternReader } from './pattern-reader.ts';
import { holds, readValue, type Operator, type Regexes, type Value } from './pattern-value.ts';

export type Condition<Selector> =
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition<Selector>[] }
  | { readonly kind: 'compare'; readonly selector: Selector; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'is'; readonly selector: Selector; readonly literal: null | boolean }
  | { readonly kind: 'notExists'; readonly selector: Selector };

/** How one of the two pattern kinds writes its conditions. */
export interface ConditionSyntax<Selector> {
  readSelector(reader: PatternReader): Selector;
  /** What may follow a selector besides a comparison, or undefined. */
  readTest?(reader: PatternReader, selector: Selector): Condition<Selector> | undefined;
  readonly regexes: Regexes;
}

/** Parentheses deeper than this are refused, so that reading needs a bounded stack. */
const DEPTH_MAX = 32;

// Longer operators first: `>` is the beginning of `>=`.
const OPERATORS: readonly Operator[] = ['>=', '<=', '!=', '=', '>', '<'];

/** Precedence: () before && before ||. */
export function readCondition<Selector>(reader: PatternReader, syntax: ConditionSyntax<Selector>, depth = 0): Condition<Selector> {
  if (depth > DEPTH_MAX) throw invalidPattern(`parentheses are nested more than ${DEPTH_MAX} deep.`);
  return joined(reader, '||', 'any', () => joined(reader, '&&', 'all', () => operand(reader, syntax, depth)));
}

function joined<Selector>(
  reader: PatternReader,
  separator: string,
  kind: 'all' | 'any',
  readOne: () => Condition<Selector>,
): Condition<Selector> {
  const conditions = [readOne()];
  for (;;) {
    reader.skipSpace();
    if (!reader.take(separator)) break;
    conditions.push(readOne());
  }
  const [first] = conditions;
  return conditions.length === 1 && first !== undefined ? first : { kind, conditions };
}

function operand<Selector>(reader: PatternReader, syntax: ConditionSyntax<Selector>, depth: number): Condition<Selector> {
  reader.skipSpace();
  if (reader.take('(')) {
    const inner = readCondition(reader, syntax, depth + 1);
    reader.skipSpace();
    reader.expect(')', 'after a condition');
    return inner;
  }
  const selector = syntax.readSelector(reader);
  return syntax.readTest?.(reader, selector) ?? readComparison(reader, selector, syntax.regexes);
}

function readComparison<Selector>(reader: PatternReader, selector: Selector, regexes: Regexes): Condition<Selector> {
  reader.skipSpace();
  const operator = OPERATORS.find((candidate) => reader.take(candidate));
  if (operator === undefined) throw invalidPattern(`a comparison (=, !=, <, >, <=, >=) is missing at character ${reader.at + 1}.`);
  reader.skipSpace();
  const value = readValue(reader, regexes);
  if (operator !== '=' && operator !== '!=' && value.kind !== 'number') {
    throw invalidPattern(`"${operator}" compares numbers, and what follows it at character ${reader.at + 1} is none.`);
  }
  return { kind: 'compare', selector, operator, value };
}

/** What a selector finds in an event: nothing, or some nodes (several only through a wildcard). */
export type Lookup<Selector> = (selector: Selector) => readonly unknown[];

export function satisfies<Selector>(condition: Condition<Selector>, lookup: Lookup<Selector>): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.conditions.every((part) => satisfies(part, lookup));
    case 'any':
      return condition.conditions.some((part) => satisfies(part, lookup));
    case 'compare':
      return lookup(condition.selector).some((node) => holds(node, condition.operator, condition.value));
    case 'is':
      return lookup(condition.selector).includes(condition.literal);
    case 'notExists':
      return lookup(condition.selector).length === 0;
    default:
      return condition satisfies never;
  }
}

/** The selectors of a condition, in the order in which they are written. */
export function selectorsOf<Selector>(condition: Condition<Selector>): readonly Selector[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.conditions.flatMap((part) => selectorsOf(part));
    case 'compare':
    case 'is':
    case 'notExists':
      return [condition.selector];
    default:
      return condition satisfies never;
  }
}
