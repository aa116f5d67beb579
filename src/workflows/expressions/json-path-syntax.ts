// The text of a JSONPath, as Jayway's library reads it, which is what Step Functions uses. https://github.com/json-path/JsonPath

import { InvalidExpression } from './failure.ts';
import type { Json } from './json.ts';
import { isPattern } from './linear-regex.ts';
import { TextReader } from './text-reader.ts';

export type Segment =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep'; readonly inner: Segment }
  | { readonly kind: 'filter'; readonly test: Test }
  | { readonly kind: 'call'; readonly name: FunctionName };

export type Test =
  | { readonly kind: 'and' | 'or'; readonly tests: readonly Test[] }
  | { readonly kind: 'not'; readonly test: Test }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'compare'; readonly left: Value; readonly operator: Comparison; readonly right: Operand };

/** What a comparison is about; `=~` has a pattern on its right. */
export type Value = { readonly kind: 'path'; readonly path: Path } | { readonly kind: 'value'; readonly value: Json };
export type Operand = Value | { readonly kind: 'regex'; readonly pattern: string; readonly flags: string };
export type Comparison = (typeof COMPARISONS)[number];

/** `root` says what the path starts at; a variable has its name there. */
export type Path = {
  readonly root:
    | { readonly kind: 'document' }
    | { readonly kind: 'item' }
    | { readonly kind: 'context' }
    | { readonly kind: 'variable'; readonly name: string };
  readonly segments: readonly Segment[];
  /** A path that can name one value only answers that value; any other answers a list. */
  readonly definite: boolean;
};

const FUNCTIONS = ['length', 'min', 'max', 'avg', 'sum', 'stddev', 'keys', 'first', 'last', 'size'] as const;
type FunctionName = (typeof FUNCTIONS)[number];
/** A word that begins another comes after it. */
const COMPARISONS = ['==', '=~', '!=', '<=', '>=', '<', '>', 'nin', 'in', 'subsetof', 'anyof', 'noneof', 'size', 'empty'] as const;
const NAME_CHARACTER = /[^\s.[\]()@!=<>&|,'"?*:]/u;
const NESTING_MAX = 32;

export function parsePath(text: string): Path {
  const reader = new PathReader(text);
  const path = reader.path(0);
  reader.end();
  return path;
}

class PathReader extends TextReader {
  end(): void {
    if (this.at < this.text.length) this.fail();
  }

  path(depth: number): Path {
    if (depth > NESTING_MAX) this.fail();
    const root = this.#root();
    const segments: Segment[] = [];
    for (let segment = this.#segment(depth); segment !== undefined; segment = this.#segment(depth)) segments.push(segment);
    return { root, segments, definite: segments.every(isDefinite) };
  }

  #root(): Path['root'] {
    if (this.take('@')) return { kind: 'item' };
    if (!this.take('$')) this.fail();
    if (this.take('$')) return { kind: 'context' };
    const name = this.#name();
    return name === '' ? { kind: 'document' } : { kind: 'variable', name };
  }

  #segment(depth: number): Segment | undefined {
    if (this.take('..')) {
      const inner = this.peek() === '[' ? this.#bracket(depth) : this.#dotted();
      return { kind: 'deep', inner };
    }
    if (this.take('.')) return this.peek() === '[' ? this.#bracket(depth) : this.#dotted();
    return this.peek() === '[' ? this.#bracket(depth) : undefined;
  }

  #dotted(): Segment {
    if (this.take('*')) return { kind: 'all' };
    const name = this.#name();
    if (name === '') this.fail();
    if (!this.take('(')) return { kind: 'names', names: [name] };
    this.#spaces();
    if (!this.take(')')) this.fail();
    const called = FUNCTIONS.find((candidate) => candidate === name);
    if (called === undefined) this.fail();
    return { kind: 'call', name: called };
  }

  #bracket(depth: number): Segment {
    this.expect('[');
    this.#spaces();
    const segment = this.#inBracket(depth);
    this.#spaces();
    this.expect(']');
    return segment;
  }

  #inBracket(depth: number): Segment {
    if (this.take('*')) return { kind: 'all' };
    if (this.take('?')) {
      this.#spaces();
      this.expect('(');
      const test = this.#alternatives(depth + 1);
      this.#spaces();
      this.expect(')');
      return { kind: 'filter', test };
    }
    const next = this.peek();
    if (next === "'" || next === '"') return { kind: 'names', names: this.#list(() => this.#string()) };
    return this.#numbers();
  }

  #numbers(): Segment {
    const from = this.#integer();
    this.#spaces();
    if (this.take(':')) {
      this.#spaces();
      const to = this.#integer();
      if (from === undefined && to === undefined) this.fail();
      return { kind: 'slice', from, to };
    }
    if (from === undefined) this.fail();
    const indexes = [from];
    while (this.take(',')) {
      this.#spaces();
      indexes.push(this.#integer() ?? this.fail());
      this.#spaces();
    }
    return { kind: 'indexes', indexes };
  }

  #alternatives(depth: number): Test {
    const tests = [this.#conjunction(depth)];
    for (this.#spaces(); this.take('||'); this.#spaces()) tests.push(this.#conjunction(depth));
    return tests.length === 1 ? (tests[0] ?? this.fail()) : { kind: 'or', tests };
  }

  #conjunction(depth: number): Test {
    const tests = [this.#test(depth)];
    for (this.#spaces(); this.take('&&'); this.#spaces()) tests.push(this.#test(depth));
    return tests.length === 1 ? (tests[0] ?? this.fail()) : { kind: 'and', tests };
  }

  #test(depth: number): Test {
    // Each `!` is a level of its own.
    if (depth > NESTING_MAX) this.fail();
    this.#spaces();
    if (this.take('!')) return { kind: 'not', test: this.#test(depth + 1) };
    if (this.take('(')) {
      const inner = this.#alternatives(depth + 1);
      this.#spaces();
      this.expect(')');
      return inner;
    }
    const left = this.#operand(depth);
    this.#spaces();
    const operator = COMPARISONS.find((candidate) => this.take(candidate));
    if (operator === undefined) return left.kind === 'path' ? { kind: 'exists', path: left.path } : this.fail();
    this.#spaces();
    return { kind: 'compare', left, operator, right: operator === '=~' ? this.#regex() : this.#operand(depth) };
  }

  #operand(depth: number): Value {
    const next = this.peek();
    if (next === '@' || next === '$') return { kind: 'path', path: this.path(depth + 1) };
    if (next === "'" || next === '"') return { kind: 'value', value: this.#string() };
    if (this.take('[')) {
      const items = this.peek() === ']' ? [] : this.#list(() => this.#scalar());
      this.expect(']');
      return { kind: 'value', value: items };
    }
    return { kind: 'value', value: this.#scalar() };
  }

  /** `/pattern/i`, which has to match the whole text. A slash within is escaped. */
  #regex(): Operand {
    const found = /^\/((?:[^/\\]|\\.)+)\/([a-z]*)/.exec(this.text.slice(this.at));
    const [whole, pattern, flags] = found ?? [];
    if (whole === undefined || pattern === undefined) this.fail();
    this.at += whole.length;
    return isPattern(pattern) ? { kind: 'regex', pattern: `^(?:${pattern})$`, flags: flags ?? '' } : this.fail();
  }

  #scalar(): Json {
    const next = this.peek();
    if (next === "'" || next === '"') return this.#string();
    return this.literal(40);
  }

  #list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    do {
      this.#spaces();
      items.push(read());
      this.#spaces();
    } while (this.take(','));
    return items;
  }

  #string(): string {
    const quote = this.text[this.at++];
    let read = '';
    for (;;) {
      const next = this.text[this.at++];
      if (next === undefined) this.fail();
      if (next === quote) return read;
      read += next === '\\' ? (this.text[this.at++] ?? this.fail()) : next;
    }
  }

  #integer(): number | undefined {
    const digits = this.word(/^-?\d{1,9}/, 10);
    return digits === undefined ? undefined : Number(digits);
  }

  #name(): string {
    const from = this.at;
    while (this.at < this.text.length && NAME_CHARACTER.test(this.text[this.at] ?? '')) this.at++;
    return this.text.slice(from, this.at);
  }

  #spaces(): void {
    while (this.text[this.at] === ' ') this.at++;
  }

  protected override fail(): never {
    throw new InvalidExpression(`Invalid path '${this.text}' at position ${this.at}`);
  }
}

function isDefinite(segment: Segment): boolean {
  switch (segment.kind) {
    case 'names':
      return segment.names.length === 1;
    case 'indexes':
      return segment.indexes.length === 1;
    case 'call':
      return true;
    case 'all':
    case 'slice':
    case 'deep':
    case 'filter':
      return false;
    default:
      return segment satisfies never;
  }
}
