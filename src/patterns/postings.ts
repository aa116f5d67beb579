// The posting lists of one field: which alternatives an event's value may be of interest to.
//
// An alternative is posted under each literal, prefix or suffix that its operators for this field name, or else under `others`, which
// every event is for that has the field. A prefix is found by cutting the value to each length that prefixes have here.

import type { Operator, Scalar } from './operators.ts';

/** Where an alternative can be posted for one of its operators. */
export type Term =
  | { readonly kind: 'literal'; readonly value: Scalar }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string };

/** The terms that a value must have one of to fulfil one of the operators, or undefined when no terms say so. */
export function termsOf(operators: readonly Operator[]): readonly Term[] | undefined {
  const terms: Term[] = [];
  for (const operator of operators) {
    const term = termOf(operator);
    if (term === undefined) return undefined;
    terms.push(term);
  }
  return terms;
}

function termOf(operator: Operator): Term | undefined {
  switch (operator.kind) {
    case 'equals':
      return { kind: 'literal', value: operator.value };
    case 'prefix':
    case 'suffix':
      return operator.text === '' ? undefined : { kind: operator.kind, text: operator.text };
    case 'wildcard': {
      const [first = '', ...rest] = operator.wildcard.pieces;
      const last = rest.at(-1);
      if (last === undefined) return { kind: 'literal', value: first };
      if (first === '' && last === '') return undefined;
      return first.length >= last.length ? { kind: 'prefix', text: first } : { kind: 'suffix', text: last };
    }
    case 'equalsIgnoreCase':
    case 'prefixIgnoreCase':
    case 'suffixIgnoreCase':
    case 'numeric':
    case 'address':
    case 'exists':
    case 'absent':
    case 'anythingBut':
      return undefined;
    default:
      return operator satisfies never;
  }
}

export class Postings<Entry> {
  readonly #literals = new Map<Scalar, Set<Entry>>();
  readonly #prefixes = new AffixTable<Entry>((text, length) => text.slice(0, length));
  readonly #suffixes = new AffixTable<Entry>((text, length) => text.slice(text.length - length));
  readonly #others = new Set<Entry>();

  /** How many alternatives an event would have to be asked about, at worst, if one more were posted so. */
  weight(terms: readonly Term[] | undefined): number {
    if (terms === undefined) return this.#others.size;
    return terms.reduce((most, term) => Math.max(most, this.#posted(term)), 0);
  }

  add(entry: Entry, terms: readonly Term[] | undefined): void {
    if (terms === undefined) this.#others.add(entry);
    for (const term of terms ?? []) {
      if (term.kind === 'literal') addTo(this.#literals, term.value, entry);
      else this.#tableOf(term.kind).add(term.text, entry);
    }
  }

  remove(entry: Entry, terms: readonly Term[] | undefined): void {
    if (terms === undefined) this.#others.delete(entry);
    for (const term of terms ?? []) {
      if (term.kind === 'literal') removeFrom(this.#literals, term.value, entry);
      else this.#tableOf(term.kind).remove(term.text, entry);
    }
  }

  /** May visit an entry twice. */
  visit(values: readonly Scalar[], visit: (entry: Entry) => void): void {
    for (const entry of this.#others) visit(entry);
    for (const value of values) {
      for (const entry of this.#literals.get(value) ?? []) visit(entry);
      if (typeof value !== 'string') continue;
      this.#prefixes.visit(value, visit);
      this.#suffixes.visit(value, visit);
    }
  }

  #posted(term: Term): number {
    if (term.kind === 'literal') return this.#literals.get(term.value)?.size ?? 0;
    return this.#tableOf(term.kind).posted(term.text);
  }

  #tableOf(kind: 'prefix' | 'suffix'): AffixTable<Entry> {
    return kind === 'prefix' ? this.#prefixes : this.#suffixes;
  }
}

/** Entries by a beginning or an end, whose lengths are few. */
class AffixTable<Entry> {
  readonly #byText = new Map<string, Set<Entry>>();
  /** How many texts there are of each length. */
  readonly #lengths = new Map<number, number>();
  readonly #cut: (text: string, length: number) => string;

  constructor(cut: (text: string, length: number) => string) {
    this.#cut = cut;
  }

  posted(text: string): number {
    return this.#byText.get(text)?.size ?? 0;
  }

  add(text: string, entry: Entry): void {
    if (!this.#byText.has(text)) this.#lengths.set(text.length, (this.#lengths.get(text.length) ?? 0) + 1);
    addTo(this.#byText, text, entry);
  }

  remove(text: string, entry: Entry): void {
    if (!this.#byText.has(text)) return;
    removeFrom(this.#byText, text, entry);
    if (this.#byText.has(text)) return;
    const left = (this.#lengths.get(text.length) ?? 1) - 1;
    if (left === 0) this.#lengths.delete(text.length);
    else this.#lengths.set(text.length, left);
  }

  visit(value: string, visit: (entry: Entry) => void): void {
    for (const length of this.#lengths.keys()) {
      if (length > value.length) continue;
      for (const entry of this.#byText.get(this.#cut(value, length)) ?? []) visit(entry);
    }
  }
}

function addTo<Key, Entry>(sets: Map<Key, Set<Entry>>, key: Key, entry: Entry): void {
  const set = sets.get(key) ?? new Set<Entry>();
  sets.set(key, set.add(entry));
}

function removeFrom<Key, Entry>(sets: Map<Key, Set<Entry>>, key: Key, entry: Entry): void {
  const set = sets.get(key);
  set?.delete(entry);
  if (set?.size === 0) sets.delete(key);
}
