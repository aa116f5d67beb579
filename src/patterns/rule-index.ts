// Many patterns as one matcher: an event is asked about the few that its values point to, not about all.
// Owns: the compiled patterns of the names that were set.
// I1: every alternative is posted under exactly one of its fields, one that must be there for it to match; or in `#anywhere`, when none must.
// I2: an event that fulfils an alternative has, in that field, a value that the alternative is posted under. So none is missed.
//
// An alternative is posted where it has least company at the time: ten thousand patterns that all name one source, and each an id of
// its own, are found by the id. Measured: an event among 10,000 such rules costs what it costs among 10 (see rule-index.test.ts).

import { alternativeMatches, compileAlternative, type CompiledField } from './compiled-alternative.ts';
import { flatten } from './flat-event.ts';
import { PathTree, type Field } from './path-tree.ts';
import type { Pattern } from './pattern-syntax.ts';
import { Postings, termsOf, type Term } from './postings.ts';

interface Entry<Name> {
  readonly name: Name;
  readonly fields: readonly CompiledField[];
  readonly home: Home | undefined;
  /** The last event that it was asked about: a value may point to it twice. */
  askedAt: number;
}

/** Where it is posted. */
interface Home {
  readonly field: Field;
  readonly terms: readonly Term[] | undefined;
}

export class RuleIndex<Name> {
  readonly #paths = new PathTree();
  readonly #entries = new Map<Name, readonly Entry<Name>[]>();
  readonly #postings = new Map<Field, Postings<Entry<Name>>>();
  readonly #anywhere = new Set<Entry<Name>>();
  #events = 0;
  #asked = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** How many alternatives the last event was asked about: what it has cost. */
  get asked(): number {
    return this.#asked;
  }

  /** Instead of what the name had before. */
  set(name: Name, pattern: Pattern): void {
    this.delete(name);
    this.#entries.set(
      name,
      pattern.alternatives.map((alternative) => this.#post(name, compileAlternative(alternative, this.#paths))),
    );
  }

  delete(name: Name): boolean {
    const entries = this.#entries.get(name);
    if (entries === undefined) return false;
    for (const entry of entries) this.#withdraw(entry);
    this.#entries.delete(name);
    return true;
  }

  /** The names whose pattern matches, each once, in no order. `event` is what `JSON.parse` makes. */
  matches(event: unknown): readonly Name[] {
    const flat = flatten(event, this.#paths.root);
    const asked = (this.#events += 1);
    const found = new Set<Name>();
    this.#asked = 0;
    const ask = (entry: Entry<Name>): void => {
      if (entry.askedAt === asked) return;
      entry.askedAt = asked;
      this.#asked += 1;
      if (!found.has(entry.name) && alternativeMatches(entry.fields, flat)) found.add(entry.name);
    };
    for (const entry of this.#anywhere) ask(entry);
    for (const [field, { values }] of flat) this.#postings.get(field)?.visit(values, ask);
    return [...found];
  }

  #post(name: Name, fields: readonly CompiledField[]): Entry<Name> {
    const home = this.#homeFor(fields);
    const entry: Entry<Name> = { name, fields, home, askedAt: 0 };
    if (home === undefined) this.#anywhere.add(entry);
    else this.#postingsOf(home.field).add(entry, home.terms);
    return entry;
  }

  #withdraw(entry: Entry<Name>): void {
    const { home } = entry;
    if (home === undefined) this.#anywhere.delete(entry);
    else this.#postings.get(home.field)?.remove(entry, home.terms);
    for (const { field } of entry.fields) {
      this.#paths.release(field);
      if (field.uses === 0) this.#postings.delete(field);
    }
  }

  /** The place with the least company; among equals, one that names values, and then the last path: `detail.id` rather than `source`. */
  #homeFor(fields: readonly CompiledField[]): Home | undefined {
    let best: (Home & { readonly weight: number }) | undefined;
    for (const { field, operators, mayBeAbsent } of fields) {
      if (mayBeAbsent) continue;
      const terms = termsOf(operators);
      const weight = (this.#postings.get(field)?.weight(terms) ?? 0) + (terms === undefined ? UNNAMED_WEIGHT : 0);
      if (best === undefined || weight < best.weight || (weight === best.weight && isDeeper(field, best.field)))
        best = { field, terms, weight };
    }
    return best;
  }

  #postingsOf(field: Field): Postings<Entry<Name>> {
    const postings = this.#postings.get(field) ?? new Postings<Entry<Name>>();
    this.#postings.set(field, postings);
    return postings;
  }
}

/** What is posted without a value is asked for by every event that has the field: that much company is a value worth. */
const UNNAMED_WEIGHT = 64;

function isDeeper(one: Field, other: Field): boolean {
  return one.path.split('.').length > other.path.split('.').length;
}
