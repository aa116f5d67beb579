// Resources: named documents with a revision, changed by compare-and-set. Functions, versions, aliases, layers, buckets,
// log groups and keys are resources; the room that owns a kind also owns the shape of its body.

import type { Json, Scope } from './store.ts';

/** `kind` is a lower-case word such as `function`; `name` is unique in it (compose names with `/`, parents first). */
export interface ResourceKey {
  readonly scope: Scope;
  readonly kind: string;
  readonly name: string;
}

export interface Resource {
  readonly key: ResourceKey;
  readonly body: Json;
  /** Grows with every change of this key and is never reused, not even after a removal. */
  readonly revision: number;
}

/** What must be true for a change to happen: nothing there, something there, exactly this revision there, or no matter. */
export type Expectation = 'absent' | 'present' | 'any' | { readonly revision: number };

export interface ResourceChange {
  readonly key: ResourceKey;
  readonly expect: Expectation;
  /** A new body, the end of the resource, or only the check of the expectation. */
  readonly change: { readonly put: Json } | 'remove' | 'check';
}

/** All or nothing. `revisions` are in the order of the changes (the old one for `check`, 0 for `remove`). */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly revisions: readonly number[] }
  | { readonly kind: 'conflict'; readonly key: ResourceKey; readonly found: Resource | undefined };

export interface ResourceQuery {
  readonly scope: Scope;
  readonly kind: string;
  /** Only names that begin so. */
  readonly prefix?: string;
  /** Only names greater than this one, by bytes: the last name of the previous page. */
  readonly after?: string;
  readonly limit: number;
}

export interface ResourceStore {
  get(key: ResourceKey): Promise<Resource | undefined>;
  /** In the order of the names' UTF-8 bytes. */
  list(query: ResourceQuery): Promise<readonly Resource[]>;
  commit(changes: readonly ResourceChange[]): Promise<CommitOutcome>;
}
