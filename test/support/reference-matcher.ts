// What a pattern means, written down as plainly as can be: tests hold the real matcher against it. It tries every choice of values.

import { testOf, type Scalar } from '../../src/patterns/operators.ts';
import type { Alternative, Pattern } from '../../src/patterns/pattern-syntax.ts';

interface Found {
  readonly path: string;
  readonly value: Scalar;
  /** Element by array. */
  readonly place: ReadonlyMap<string, number>;
}

type Place = Found['place'];

export function referenceMatches({ alternatives }: Pattern, event: object): boolean {
  const found: Found[] = [];
  walk(event, '', '', new Map(), found);
  return alternatives.some((alternative) =>
    fulfils(
      [...alternative].sort(([a], [b]) => (a < b ? -1 : 1)),
      found,
      new Map(),
    ),
  );
}

/** `where` names an array: the way to it, with the elements that were passed. */
function walk(value: unknown, path: string, where: string, place: Place, found: Found[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const inside = typeof item === 'object' && item !== null ? new Map([...place, [where, index]]) : place;
      walk(item, path, `${where}/${index}`, inside, found);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value))
      walk(member, path === '' ? name : `${path}.${name}`, `${where}/${JSON.stringify(name)}`, place, found);
  } else found.push({ path, value: value as Scalar, place });
}

type Field = Alternative extends ReadonlyMap<infer Path, infer Operators> ? readonly [Path, Operators] : never;

function fulfils([field, ...others]: readonly Field[], found: readonly Found[], chosen: Place): boolean {
  if (field === undefined) return true;
  const [path, operators] = field;
  const candidates = found.filter(
    (one) => one.path === path && [...one.place].every(([array, index]) => (chosen.get(array) ?? index) === index),
  );
  if (candidates.length === 0 && operators.some(({ kind }) => kind === 'absent')) return fulfils(others, found, chosen);
  return candidates.some(
    ({ value, place }) =>
      operators.some((operator) => testOf(operator)(value)) && fulfils(others, found, new Map([...chosen, ...place])),
  );
}
