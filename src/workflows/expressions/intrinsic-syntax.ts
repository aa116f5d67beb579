// The text of an intrinsic function's call: `States.Format('Hello, {}', $.name)`, nested up to ten deep.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html

import { InvalidExpression } from './failure.ts';
import type { Json } from './json.ts';
import { compilePath } from './json-path.ts';
import { TextReader } from './text-reader.ts';

export type Call = { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Argument[] };
export type Argument = Call | { readonly kind: 'path'; readonly text: string } | { readonly kind: 'value'; readonly value: Json };

/** "You can nest up to 10 intrinsic functions within a field." */
const NESTING_MAX = 10;
const WORD_MAX = 100;

export function parseCall(text: string): Call {
  const reader = new CallReader(text);
  const call = reader.call(1);
  reader.end();
  return call;
}

class CallReader extends TextReader {
  end(): void {
    this.#spaces();
    if (this.at < this.text.length) this.fail();
  }

  call(depth: number): Call {
    if (depth > NESTING_MAX) this.fail();
    const name = this.word(/^States\.[A-Za-z0-9]+/, WORD_MAX) ?? this.fail();
    this.#spaces();
    this.expect('(');
    const found: Argument[] = [];
    this.#spaces();
    if (this.text[this.at] === ')') this.at++;
    else {
      do {
        this.#spaces();
        found.push(this.#argument(depth));
        this.#spaces();
      } while (this.take(','));
      this.expect(')');
    }
    return { kind: 'call', name, arguments: found };
  }

  #argument(depth: number): Argument {
    const next = this.text[this.at];
    if (next === "'") return { kind: 'value', value: this.#string() };
    if (next === '$') return this.#path();
    if (next === 'S') return this.call(depth + 1);
    return { kind: 'value', value: this.literal(WORD_MAX) };
  }

  /** A path ends at the comma or parenthesis that is in none of its own brackets and quotes. */
  #path(): Argument {
    const from = this.at;
    let depth = 0;
    let quote = '';
    for (; this.at < this.text.length; this.at++) {
      const next = this.text[this.at] ?? '';
      if (quote !== '') {
        if (next === '\\') this.at++;
        else if (next === quote) quote = '';
      } else if (next === "'" || next === '"') quote = next;
      else if (next === '[' || next === '(') depth++;
      else if (next === ']' || next === ')') {
        if (depth === 0) break;
        depth--;
      } else if (next === ',' && depth === 0) break;
    }
    const text = this.text.slice(from, this.at).trim();
    compilePath(text);
    return { kind: 'path', text };
  }

  #string(): string {
    this.at++;
    let read = '';
    for (;;) {
      const next = this.text[this.at++];
      if (next === undefined) this.fail();
      if (next === "'") return read;
      if (next !== '\\') {
        read += next;
        continue;
      }
      const escaped = this.text[this.at++] ?? this.fail();
      // Format must still tell a brace that is meant from one that is a place for an argument.
      if (escaped === '{' || escaped === '}') read += `\\${escaped}`;
      else read += escaped === "'" || escaped === '\\' ? escaped : `\\${escaped}`;
    }
  }

  #spaces(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  protected override fail(): never {
    throw new InvalidExpression(`Invalid intrinsic function '${this.text}' at position ${this.at}`);
  }
}
