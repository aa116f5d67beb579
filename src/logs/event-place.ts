// Where events are looked for: a group, or some streams of it.

import type { Scope } from '#kernel';

export interface EventPlace {
  readonly scope: Scope;
  readonly group: string;
  readonly streams?: readonly string[];
  readonly streamPrefix?: string;
}

/** The place alone, out of a query that holds more: what the index is asked travels to another thread. */
export function placeOf({ scope, group, streams, streamPrefix }: EventPlace): EventPlace {
  return { scope, group, ...(streams === undefined ? {} : { streams }), ...(streamPrefix === undefined ? {} : { streamPrefix }) };
}
