// Reference paths: those that name one place, into which ResultPath writes.
// https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html

import { compilePath } from './json-path.ts';
import { isArray, isObject, member } from './json.ts';
import type { Json } from './json.ts';
import type { Segment } from './json-path-syntax.ts';

type Place = string | number;

/** The steps of a reference path, or undefined where the path may name several places. */
export function placesOf(text: string): readonly Place[] | undefined {
  const path = compilePath(text);
  if (path.root.kind !== 'document' || !path.definite) return undefined;
  const places: Place[] = [];
  for (const segment of path.segments) {
    const place = placeOf(segment);
    if (place === undefined) return undefined;
    places.push(place);
  }
  return places;
}

function placeOf(segment: Segment): Place | undefined {
  if (segment.kind === 'names') return segment.names[0];
  if (segment.kind === 'indexes') return segment.indexes[0];
  return undefined;
}

/** The document with the value at that place; undefined where the place cannot be made. What is not on the way is shared, not copied. */
export function withValueAt(document: Json, places: readonly Place[], value: Json): Json | undefined {
  const [place, ...rest] = places;
  if (place === undefined) return value;
  if (typeof place === 'number') {
    if (!isArray(document) || place < 0 || place >= document.length) return undefined;
    const inner = withValueAt(document[place] ?? null, rest, value);
    return inner === undefined ? undefined : document.with(place, inner);
  }
  if (!isObject(document)) return undefined;
  const inner = withValueAt(member(document, place) ?? {}, rest, value);
  if (inner === undefined) return undefined;
  return Object.fromEntries([...Object.entries(document).filter(([key]) => key !== place), [place, inner]]);
}
