// The syntax of regular expressions in filter patterns: what is written between two percent signs, as rows of characters.

import { LIMITS } from '#kernel';
import { invalidPattern } from './invalid-pattern.ts';

/** Every ASCII character is a symbol of its own; all others share one, since an expression cannot name them. */
export const SYMBOLS = 129;
const OTHER = 128;

export function symbolOf(code: number): number {
  return code < OTHER ? code : OTHER;
}

/** One character of a match. `symbols[s]` is 1 for each symbol that may stand here. */
export interface Place {
  readonly symbols: Uint8Array;
  readonly isOptional: boolean;
  /** May stand here more than once. */
  readonly isRepeatable: boolean;
}

/** One side of a `|`. */
export interface Branch {
  readonly places: readonly Place[];
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

const LITERALS = /[A-Za-z0-9:_#=@/;,\- ]/;
const OPERATORS = '^$?[]{}|\\*+.';

export function parseRegex(source: string): readonly Branch[] {
  if (source === '') throw invalidPattern('there is nothing between the two percent signs.');
  const cursor = new Cursor(source);
  const branches = [branch(cursor)];
  while (cursor.take('|')) branches.push(branch(cursor));
  return branches;
}

class Cursor {
  readonly source: string;
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  get next(): string {
    return this.source.charAt(this.at);
  }

  take(character: string): boolean {
    if (this.next !== character) return false;
    this.at += 1;
    return true;
  }

  fail(reason: string): Error {
    return invalidPattern(`${reason}, at character ${this.at + 1} of the regular expression %${this.source}%.`);
  }
}

function branch(cursor: Cursor): Branch {
  const atStart = cursor.take('^');
  const places: Place[] = [];
  while (cursor.next !== '' && cursor.next !== '|' && cursor.next !== '$') {
    places.push(...quantified(cursor, atom(cursor)));
    // Here and not after parsing: `a{999999999}` must not be laid out before it is refused.
    if (places.length > LIMITS.logFilterRegexPositions)
      throw cursor.fail(`it expands to more than ${LIMITS.logFilterRegexPositions} characters`);
  }
  const atEnd = cursor.take('$');
  if (atEnd && cursor.next !== '' && cursor.next !== '|')
    throw cursor.fail('"$" may stand only at the end (write \\x24 for the character)');
  return { places, atStart, atEnd };
}

function atom(cursor: Cursor): Uint8Array {
  const character = cursor.next;
  if (character === '.') {
    cursor.at += 1;
    return new Uint8Array(SYMBOLS).fill(1);
  }
  if (character === '[') return characterClass(cursor);
  if (character === '\\') return escaped(cursor);
  if (LITERALS.test(character)) {
    cursor.at += 1;
    return only(character.charCodeAt(0));
  }
  if (character === '^') throw cursor.fail('"^" may stand only at the beginning (write \\x5E for the character)');
  if (OPERATORS.includes(character)) throw cursor.fail(`"${character}" has nothing before it to repeat, or no beginning`);
  throw cursor.fail(`the character "${character}" is not supported; ASCII characters can be written as \\xhh`);
}

/** `[a-z_]`, `[^0-9]`. Operators are literal in here. */
function characterClass(cursor: Cursor): Uint8Array {
  cursor.take('[');
  const isNegated = cursor.take('^');
  const symbols = new Uint8Array(SYMBOLS);
  let isEmpty = true;
  while (!cursor.take(']')) {
    if (cursor.next === '') throw cursor.fail('the "]" of a character class is missing');
    const first = classMember(cursor);
    isEmpty = false;
    const from = soleSymbol(first);
    const isRange = cursor.next === '-' && !cursor.source.startsWith('-]', cursor.at);
    if (from === undefined || !isRange) {
      add(symbols, first);
      continue;
    }
    cursor.take('-');
    const to = soleSymbol(classMember(cursor));
    if (to === undefined || to < from) throw cursor.fail('a range of characters ends before it begins');
    symbols.fill(1, from, to + 1);
  }
  if (isEmpty) throw cursor.fail('a character class is empty');
  return isNegated ? complement(symbols) : symbols;
}

function classMember(cursor: Cursor): Uint8Array {
  if (cursor.next === '\\') return escaped(cursor);
  const code = cursor.source.charCodeAt(cursor.at);
  if (Number.isNaN(code) || code >= OTHER) throw cursor.fail('a character class holds ASCII characters only and ends with "]"');
  cursor.at += 1;
  return only(code);
}

function escaped(cursor: Cursor): Uint8Array {
  cursor.take('\\');
  const character = cursor.next;
  const isInverse = /[DSW]/.test(character);
  const shorthand = SHORTHANDS.get(character.toLowerCase());
  if (shorthand !== undefined && /[dswDSW]/.test(character)) {
    cursor.at += 1;
    return isInverse ? complement(shorthand) : shorthand.slice();
  }
  if (character === 'x') {
    const digits = cursor.source.slice(cursor.at + 1, cursor.at + 3);
    const code = /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (!(code < OTHER)) throw cursor.fail('"\\x" needs two hexadecimal digits of an ASCII character');
    cursor.at += 3;
    return only(code);
  }
  const control = CONTROLS.get(character);
  if (control === undefined && (character === '' || /[A-Za-z0-9]/.test(character) || character.charCodeAt(0) >= OTHER)) {
    throw cursor.fail(`"\\${character}" means nothing here`);
  }
  cursor.at += 1;
  return only(control ?? character.charCodeAt(0));
}

function quantified(cursor: Cursor, symbols: Uint8Array): readonly Place[] {
  if (cursor.take('*')) return repeat(symbols, 0, undefined);
  if (cursor.take('+')) return repeat(symbols, 1, undefined);
  if (cursor.take('?')) return repeat(symbols, 0, 1);
  if (cursor.next !== '{') return repeat(symbols, 1, 1);
  const found = /^\{\s*(\d{0,9})\s*(,\s*(\d{0,9})\s*)?\}/.exec(cursor.source.slice(cursor.at));
  const [whole, least = '', upTo, most = ''] = found ?? [];
  if (whole === undefined || (least === '' && most === '')) throw cursor.fail('a repetition is written {m}, {m,}, {,n} or {m,n}');
  const from = least === '' ? 0 : Number(least);
  const to = upTo === undefined ? from : most === '' ? undefined : Number(most);
  if (to !== undefined && (to < from || to === 0)) throw cursor.fail('a repetition ends before it begins');
  if ((to ?? from) > LIMITS.logFilterRegexPositions)
    throw cursor.fail(`more than ${LIMITS.logFilterRegexPositions} repetitions are not matched`);
  cursor.at += whole.length;
  return repeat(symbols, from, to);
}

function repeat(symbols: Uint8Array, least: number, most: number | undefined): readonly Place[] {
  const count = most ?? Math.max(least, 1);
  return Array.from({ length: count }, (_, index) => ({
    symbols,
    isOptional: index >= least,
    isRepeatable: most === undefined && index === count - 1,
  }));
}

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['r', 13],
]);

const SHORTHANDS: ReadonlyMap<string, Uint8Array> = new Map([
  ['d', among(/[0-9]/)],
  ['w', among(/[A-Za-z0-9_]/)],
  ['s', among(/[\t\n\v\f\r ]/)],
]);

function among(expression: RegExp): Uint8Array {
  return Uint8Array.from({ length: SYMBOLS }, (_, symbol) =>
    symbol !== OTHER && expression.test(String.fromCharCode(symbol)) ? 1 : 0,
  );
}

function only(code: number): Uint8Array {
  const symbols = new Uint8Array(SYMBOLS);
  symbols[symbolOf(code)] = 1;
  return symbols;
}

function complement(symbols: Uint8Array): Uint8Array {
  return symbols.map((included) => 1 - included);
}

function add(symbols: Uint8Array, more: Uint8Array): void {
  for (const [symbol, included] of more.entries()) if (included === 1) symbols[symbol] = 1;
}

function soleSymbol(symbols: Uint8Array): number | undefined {
  const first = symbols.indexOf(1);
  return first !== -1 && first === symbols.lastIndexOf(1) ? first : undefined;
}
