// What goes to a process of expressions and comes back: texts and numbers, nothing else.

import type { Json } from './json.ts';
import type { Given } from './jsonata.ts';

export type Job = {
  readonly source: string;
  readonly states: string;
  readonly variables: string;
  readonly nowMs: number;
  readonly seed: string;
};

export type JobAnswer =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly text: string }
  /** A mistake of ours. */
  | { readonly kind: 'bug'; readonly text: string };

export function jobOf(source: string, { states, variables, nowMs, seed }: Given): Job {
  return { source, states: JSON.stringify(states), variables: JSON.stringify([...variables]), nowMs, seed };
}

export function givenOf({ states, variables, nowMs, seed }: Job): Given {
  const parsed: Json = JSON.parse(states);
  const entries = JSON.parse(variables) as readonly (readonly [string, Json])[];
  return { states: parsed, variables: new Map(entries), nowMs, seed };
}
