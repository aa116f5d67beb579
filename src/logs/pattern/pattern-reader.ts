// A cursor over the text of a filter pattern.

import { invalidPattern } from './invalid-pattern.ts';

const SPACE = /\s/;

export class PatternReader {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** The next character, or an empty string at the end. */
  peek(): string {
    return this.text.charAt(this.#at);
  }

  startsWith(word: string): boolean {
    return this.text.startsWith(word, this.#at);
  }

  /** Steps over `word` if it is next. */
  take(word: string): boolean {
    if (!this.startsWith(word)) return false;
    this.#at += word.length;
    return true;
  }

  expect(word: string, where: string): void {
    if (!this.take(word)) throw invalidPattern(`"${word}" is missing ${where}, at character ${this.#at + 1}.`);
  }

  skipSpace(): void {
    while (!this.isAtEnd && SPACE.test(this.peek())) this.#at += 1;
  }

  takeWhile(accepts: (character: string) => boolean): string {
    const start = this.#at;
    while (!this.isAtEnd && accepts(this.peek())) this.#at += 1;
    return this.text.slice(start, this.#at);
  }

  /** Steps over words in any letter case that stand apart by whitespace: `NOT EXISTS`. */
  takeWords(...words: readonly string[]): boolean {
    const start = this.#at;
    for (const word of words) {
      this.skipSpace();
      if (this.takeWhile(isLetter).toUpperCase() !== word) {
        this.#at = start;
        return false;
      }
    }
    return true;
  }

  /** A text between double quotation marks, in which a backslash makes the next character literal. */
  takeQuoted(): string {
    this.expect('"', 'before a quoted text');
    let content = '';
    for (;;) {
      const character = this.#next('"');
      if (character === '"') return content;
      content += character === '\\' ? this.#next('"') : character;
    }
  }

  /** The text between two percent signs. */
  takeRegexSource(): string {
    this.expect('%', 'before a regular expression');
    const end = this.text.indexOf('%', this.#at);
    if (end === -1) throw invalidPattern('a regular expression has no closing "%".');
    const source = this.text.slice(this.#at, end);
    this.#at = end + 1;
    return source;
  }

  #next(closing: string): string {
    if (this.isAtEnd) throw invalidPattern(`the closing ${closing} is missing.`);
    const character = this.peek();
    this.#at += 1;
    return character;
  }
}

function isLetter(character: string): boolean {
  return /[A-Za-z]/.test(character);
}
