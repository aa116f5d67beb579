// Filter patterns for plain text: `ERROR "bad request" -retry`, `?ERROR ?WARN`, `%4\d\d%`.

import type { FilterPattern } from './filter-pattern.ts';
import { invalidPattern, invalidTerm } from './invalid-pattern.ts';
import type { PatternReader } from './pattern-reader.ts';
import { Regexes } from './pattern-value.ts';

type Role = 'included' | 'excluded' | 'optional';

interface Term {
  readonly role: Role;
  isIn(message: string): boolean;
}

export function readTermPattern(reader: PatternReader): FilterPattern {
  const regexes = new Regexes();
  const terms: Term[] = [];
  for (reader.skipSpace(); !reader.isAtEnd; reader.skipSpace()) {
    const term = readTerm(reader, regexes);
    if (term !== undefined) terms.push(term);
  }
  const required = terms.filter((term) => term.role !== 'optional');
  // "If you combine ? with other filter patterns, all question mark terms will be ignored."
  const matches =
    required.length > 0 || terms.length === 0
      ? (message: string) => required.every((term) => term.isIn(message) === (term.role === 'included'))
      : (message: string) => terms.some((term) => term.isIn(message));
  return { matches, extract: () => ({}) };
}

/** Undefined for a phrase of nothing but whitespace, which stands for every event: `" "`. */
function readTerm(reader: PatternReader, regexes: Regexes): Term | undefined {
  const role = readRole(reader);
  if (reader.peek() === '%') {
    const regex = regexes.compile(reader.takeRegexSource());
    return { role, isIn: (message) => regex.test(message) };
  }
  const text = reader.peek() === '"' ? reader.takeQuoted() : readWord(reader);
  if (text.trim() === '') return undefined;
  return { role, isIn: (message) => message.includes(text) };
}

function readRole(reader: PatternReader): Role {
  const role = reader.take('-') ? 'excluded' : reader.take('?') ? 'optional' : 'included';
  // AWS's documentation also writes `"ERROR" - "Exiting"`.
  if (role === 'excluded') reader.skipSpace();
  if (reader.isAtEnd) throw invalidPattern('a term is missing at the end.');
  return role;
}

function readWord(reader: PatternReader): string {
  const word = reader.takeWhile((character) => !/[\s"]/.test(character));
  if (!/^[\p{L}\p{N}_]+$/u.test(word)) throw invalidTerm(word);
  return word;
}
