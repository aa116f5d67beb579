// One alternative of a pattern, ready to be asked about flat events.

import { matchesTogether } from './consistent-match.ts';
import type { FlatEvent } from './flat-event.ts';
import { anyOf, type Operator, type Test } from './operators.ts';
import type { Field, PathTree } from './path-tree.ts';
import type { Alternative } from './pattern-syntax.ts';

export interface CompiledField {
  readonly field: Field;
  readonly operators: readonly Operator[];
  readonly mayBeAbsent: boolean;
  readonly test: Test;
}

/** In the order of the paths. */
export function compileAlternative(alternative: Alternative, paths: PathTree): readonly CompiledField[] {
  return [...alternative]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, operators]) => ({
      field: paths.acquire(path),
      operators,
      mayBeAbsent: operators.some(({ kind }) => kind === 'absent'),
      test: anyOf(operators),
    }));
}

export function alternativeMatches(fields: readonly CompiledField[], event: FlatEvent): boolean {
  let hasPlaces = false;
  for (const { field, mayBeAbsent, test } of fields) {
    const found = event.get(field);
    if (found === undefined) {
      if (!mayBeAbsent) return false;
    } else if (found.places === undefined) {
      if (!found.values.some(test)) return false;
    } else {
      if (!mayBeAbsent && !found.values.some(test)) return false;
      hasPlaces = true;
    }
  }
  // Fields without places go with every choice of elements, and were looked at above.
  if (!hasPlaces) return true;
  const placed = fields.filter(({ field }) => event.get(field)?.places !== undefined);
  return matchesTogether(placed.map(({ field, mayBeAbsent, test }) => ({ mayBeAbsent, test, found: event.get(field) })));
}
