// A regular expression engine for JSONata over RE2: time grows with the text, never with its power, so that no expression can hang the platform.

import { RE2JS } from 're2js';
import { LIMITS } from '#kernel';

/** What JSONata uses of RegExp: it makes one of a literal, sets `lastIndex`, and calls `exec`. */
export class LinearRegex {
  readonly source: string;
  readonly flags: string;
  lastIndex = 0;
  readonly #compiled: RE2JS;

  constructor(pattern: RegExp | string, flags?: string) {
    this.source = typeof pattern === 'string' ? pattern : pattern.source;
    this.flags = flags ?? (typeof pattern === 'string' ? '' : pattern.flags);
    if (this.source.length > LIMITS.expressionRegexLength) throw refusal('the regular expression is too long');
    let bits = 0;
    if (this.flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
    if (this.flags.includes('m')) bits |= RE2JS.MULTILINE;
    try {
      this.#compiled = RE2JS.compile(RE2JS.translateRegExp(this.source), bits);
    } catch (error) {
      // Look-around and back references cannot be matched in linear time; RE2 has none.
      throw refusal(`the regular expression is not supported: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  exec(text: string): RegExpExecArray | null {
    if (this.#compiled.programSize() * (text.length - this.lastIndex) > LIMITS.expressionRegexWork)
      throw refusal('the text is too long for this regular expression');
    const matcher = this.#compiled.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    const [whole = '', ...groups] = Array.from(
      { length: this.#compiled.groupCount() + 1 },
      (_, group) => matcher.group(group) ?? undefined,
    );
    const found = Object.assign([whole, ...groups.map((group) => group ?? '')] as [string, ...string[]], {
      index: matcher.start(),
      input: text,
    });
    this.lastIndex = found.index + whole.length;
    return found;
  }

  test(text: string): boolean {
    return this.exec(text) !== null;
  }
}

/** JSONata throws objects with a code, and has a message of its own for each but this one, which is that of `$error`. */
function refusal(message: string): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code: 'D3137' });
}

/** Repetitions that are counted out, together: each is a copy of what is repeated. */
const REPETITIONS_MAX = 1000;

/** Whether a text is a pattern that this engine can be made for, and soon; without making it. */
export function isPattern(text: string): boolean {
  if (text.length > LIMITS.expressionRegexLength || /\(\?(?:[=!]|<[=!])|\\[1-9]/.test(text)) return false;
  const counts = [...text.matchAll(/\{(\d{1,6})(?:,(\d{0,6}))?\}/g)].map(([, least, most]) =>
    Math.max(Number(least), Number(most ?? 0)),
  );
  if (counts.reduce((sum, count) => sum + count, 0) > REPETITIONS_MAX) return false;
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    // The only thing that it throws for is a text that is no pattern.
    return false;
  }
}
