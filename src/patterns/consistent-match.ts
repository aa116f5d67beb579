// Whether the fields of a pattern can be fulfilled together where their values stand in elements of arrays.
//
// Fields are taken in the order of their paths, as event-ruler takes them: a field that must be absent is absent when none of its values
// stands with the elements that were chosen so far. What was tried in vain is remembered by the elements that matter to the fields that
// are left. Since paths below one array stand beside each other in this order, those are elements of arrays within each other: the work
// grows with the values that there are and not with their combinations.

import { LIMITS } from '#kernel';
import type { FieldValues, Place } from './flat-event.ts';
import type { Scalar, Test } from './operators.ts';

export interface Asked {
  readonly mayBeAbsent: boolean;
  readonly test: Test;
  /** Undefined when the event has none. */
  readonly found: FieldValues | undefined;
}

/** Element by array. */
type Chosen = ReadonlyMap<number, number>;

const NOTHING: Chosen = new Map();

/** `fields` in the order of their paths. */
export function matchesTogether(fields: readonly Asked[]): boolean {
  return new Search(fields).from(0, NOTHING);
}

class Search {
  readonly #fields: readonly Asked[];
  readonly #trees: readonly ValueTree[];
  /** The arrays that have something to say to the fields from this one on. */
  readonly #arrays: readonly ReadonlySet<number>[];
  readonly #failed = new Set<string>();
  #steps = 0;

  constructor(fields: readonly Asked[]) {
    this.#fields = fields;
    this.#trees = fields.map(({ found }) => treeOf(found));
    const arrays: Set<number>[] = [];
    let later = new Set<number>();
    for (const tree of this.#trees.toReversed()) {
      later = new Set([...later, ...tree.arrays]);
      arrays.unshift(later);
    }
    this.#arrays = arrays;
  }

  from(position: number, chosen: Chosen): boolean {
    const asked = this.#fields[position];
    const tree = this.#trees[position];
    if (asked === undefined || tree === undefined) return true;
    const key = `${position}|${[...chosen].map(([array, index]) => `${array}:${index}`).join()}`;
    if (this.#failed.has(key)) return false;
    const matches =
      tree.some(
        chosen,
        (value, place) => this.#takes(asked, value) && this.from(position + 1, this.#with(position + 1, chosen, place)),
      ) ||
      (asked.mayBeAbsent && !tree.some(chosen, () => true) && this.from(position + 1, this.#with(position + 1, chosen, undefined)));
    if (!matches) this.#failed.add(key);
    return matches;
  }

  /** Members named so that fields of one path stand in several arrays could make it long: then the pattern does not match. */
  #takes({ test }: Asked, value: Scalar): boolean {
    this.#steps += 1;
    return this.#steps <= LIMITS.patternSteps && test(value);
  }

  #with(position: number, chosen: Chosen, place: Place | undefined): Chosen {
    const matter = this.#arrays[position];
    if (matter === undefined) return NOTHING;
    const next = new Map([...chosen].filter(([array]) => matter.has(array)));
    for (let at = place; at !== undefined; at = at.outer) if (matter.has(at.array)) next.set(at.array, at.index);
    return next;
  }
}

/** The values of a field by their places, so that those that stand with what was chosen are found without reading the others. */
class ValueTree {
  readonly arrays = new Set<number>();
  readonly #root = newBranch(undefined);

  add(value: Scalar, place: Place | undefined): void {
    this.#branchOf(place).values.push(value);
  }

  some(chosen: Chosen, accept: (value: Scalar, place: Place | undefined) => boolean): boolean {
    return someBelow(this.#root, chosen, accept);
  }

  #branchOf(place: Place | undefined): Branch {
    if (place === undefined) return this.#root;
    this.arrays.add(place.array);
    const { elements } = this.#branchOf(place.outer);
    const byIndex = elements.get(place.array) ?? new Map<number, Branch>();
    elements.set(place.array, byIndex);
    const branch = byIndex.get(place.index) ?? newBranch(place);
    byIndex.set(place.index, branch);
    return branch;
  }
}

interface Branch {
  readonly place: Place | undefined;
  readonly values: Scalar[];
  readonly elements: Map<number, Map<number, Branch>>;
}

function newBranch(place: Place | undefined): Branch {
  return { place, values: [], elements: new Map() };
}

function someBelow(branch: Branch, chosen: Chosen, accept: (value: Scalar, place: Place | undefined) => boolean): boolean {
  if (branch.values.some((value) => accept(value, branch.place))) return true;
  for (const [array, byIndex] of branch.elements) {
    const index = chosen.get(array);
    if (index === undefined) {
      for (const element of byIndex.values()) if (someBelow(element, chosen, accept)) return true;
    } else {
      const element = byIndex.get(index);
      if (element !== undefined && someBelow(element, chosen, accept)) return true;
    }
  }
  return false;
}

const EMPTY = new ValueTree();
/** Many patterns ask for one field of an event: its values are put in order once. */
const trees = new WeakMap<FieldValues, ValueTree>();

function treeOf(found: FieldValues | undefined): ValueTree {
  if (found === undefined) return EMPTY;
  const known = trees.get(found);
  if (known !== undefined) return known;
  const tree = new ValueTree();
  for (const [position, value] of found.values.entries()) tree.add(value, found.places?.[position]);
  trees.set(found, tree);
  return tree;
}
