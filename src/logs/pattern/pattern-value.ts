// The right-hand side of a comparison in a filter pattern, and the comparison itself.

import { LIMITS } from '#kernel';
import { invalidPattern, invalidTerm } from './invalid-pattern.ts';
import { LinearRegex } from './linear-regex.ts';
import type { PatternReader } from './pattern-reader.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Value =
  | { readonly kind: 'text'; readonly text: string }
  /** A text with asterisks: what stands before, between and after them. */
  | { readonly kind: 'glob'; readonly parts: readonly string[] }
  | { readonly kind: 'number'; readonly number: number; readonly text: string }
  | { readonly kind: 'regex'; readonly regex: LinearRegex };

/** Counts the regular expressions of one pattern: CloudWatch allows two. */
export class Regexes {
  #count = 0;

  compile(source: string): LinearRegex {
    this.#count += 1;
    if (this.#count > LIMITS.logFilterRegexes) {
      throw invalidPattern(`it holds more than ${LIMITS.logFilterRegexes} regular expressions.`);
    }
    return new LinearRegex(source);
  }
}

// Each digit has one place: two runs of digits side by side would be tried in all their lengths, for minutes of a long text.
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** Letters and digits of any script, and what numbers, addresses and wildcards need. */
const UNQUOTED = /^[\p{L}\p{N}_.*+:/-]+$/u;
const ENDS = /[\s,()}\]&|]/;

export function readValue(reader: PatternReader, regexes: Regexes): Value {
  if (reader.peek() === '"') return textOrGlob(reader.takeQuoted());
  if (reader.peek() === '%') return { kind: 'regex', regex: regexes.compile(reader.takeRegexSource()) };
  const text = reader.takeWhile((character) => !ENDS.test(character));
  if (text === '') throw invalidPattern(`a value is missing at character ${reader.at + 1}.`);
  if (NUMBER.test(text)) return { kind: 'number', number: Number(text), text };
  if (!UNQUOTED.test(text)) throw invalidTerm(text);
  return textOrGlob(text);
}

/** Whether `node = value` and so on. Objects, arrays and null are no values: no comparison holds for them, not even `!=`. */
export function holds(node: unknown, operator: Operator, value: Value): boolean {
  if (typeof node !== 'string' && typeof node !== 'number' && typeof node !== 'boolean') return false;
  if (operator === '=') return equals(node, value);
  if (operator === '!=') return !equals(node, value);
  if (value.kind !== 'number') return false;
  const number = numberOf(node);
  if (number === undefined) return false;
  switch (operator) {
    case '<':
      return number < value.number;
    case '<=':
      return number <= value.number;
    case '>':
      return number > value.number;
    case '>=':
      return number >= value.number;
    default:
      return operator satisfies never;
  }
}

function equals(node: string | number | boolean, value: Value): boolean {
  const text = String(node);
  switch (value.kind) {
    case 'text':
      return text === value.text;
    case 'glob':
      return matchesGlob(text, value.parts);
    case 'number':
      return numberOf(node) === value.number || text === value.text;
    case 'regex':
      return value.regex.test(text);
    default:
      return value satisfies never;
  }
}

/** The fields of a space-delimited event are all texts, so a text that reads as a number counts as one. */
function numberOf(node: string | number | boolean): number | undefined {
  if (typeof node === 'number') return node;
  return typeof node === 'string' && NUMBER.test(node) ? Number(node) : undefined;
}

function textOrGlob(text: string): Value {
  return text.includes('*') ? { kind: 'glob', parts: text.split(/\*+/) } : { kind: 'text', text };
}

/** Each middle part is taken where it comes first, which leaves the most room for those after it: no backtracking. */
function matchesGlob(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
