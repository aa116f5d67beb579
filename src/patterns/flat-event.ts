// An event as matching sees it: the values of each field that patterns ask for, with their places in arrays. Values that stand in
// different elements of one array must not fulfil one pattern together: `{"items": {"a": [1], "b": [2]}}` asks for an item that has both.
// Plain values directly in an array have no place in it: they are the field's several values.

import type { Scalar } from './operators.ts';
import type { Field, PathNode } from './path-tree.ts';

/** An element of an array of the event, and of the arrays around it. */
export interface Place {
  readonly array: number;
  readonly index: number;
  readonly outer: Place | undefined;
}

export interface FieldValues {
  readonly values: readonly Scalar[];
  /** In the order of the values; undefined where none of them has a place. */
  readonly places: readonly (Place | undefined)[] | undefined;
}

export type FlatEvent = ReadonlyMap<Field, FieldValues>;

/** Events come from anybody: deeper arrays in arrays are not looked into. AWS's reader goes as deep. */
const DEPTH_MAX = 1000;

/** `event` is what `JSON.parse` makes; an event that is no object has no fields. */
export function flatten(event: unknown, root: PathNode): FlatEvent {
  const flattening = new Flattening();
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) flattening.object(event, root, undefined);
  return flattening.fields;
}

interface Growing {
  readonly values: Scalar[];
  places: (Place | undefined)[] | undefined;
}

class Flattening {
  readonly fields = new Map<Field, Growing>();
  #arrays = 0;
  #depth = 0;

  object(object: object, node: PathNode, place: Place | undefined): void {
    // From the smaller side: an event may have a thousand members of which one is asked for.
    if (node.children.size === 0) return;
    for (const name of Object.keys(object)) {
      const child = descend(node, name);
      if (child !== undefined) this.#value((object as Record<string, unknown>)[name], child, place);
    }
  }

  #value(value: unknown, node: PathNode, place: Place | undefined): void {
    if (typeof value !== 'object' || value === null) this.#scalar(value as Scalar, node, place);
    else if (Array.isArray(value)) this.#array(value, node, place);
    else this.object(value, node, place);
  }

  #array(items: readonly unknown[], node: PathNode, outer: Place | undefined): void {
    if (this.#depth === DEPTH_MAX) return;
    this.#depth += 1;
    const array = (this.#arrays += 1);
    for (const [index, item] of items.entries()) {
      if (typeof item !== 'object' || item === null) this.#scalar(item as Scalar, node, outer);
      else if (Array.isArray(item)) this.#array(item, node, { array, index, outer });
      else this.object(item, node, { array, index, outer });
    }
    this.#depth -= 1;
  }

  #scalar(value: Scalar, { field }: PathNode, place: Place | undefined): void {
    if (field === undefined) return;
    const known = this.fields.get(field);
    if (known === undefined) {
      this.fields.set(field, { values: [value], places: place === undefined ? undefined : [place] });
      return;
    }
    known.values.push(value);
    if (place !== undefined) known.places ??= Array.from({ length: known.values.length - 1 }, () => undefined);
    known.places?.push(place);
  }
}

function descend(node: PathNode, name: string): PathNode | undefined {
  if (!name.includes('.')) return node.children.get(name);
  let at: PathNode | undefined = node;
  for (const part of name.split('.')) at = at?.children.get(part);
  return at;
}
