// Documents of one kind in the store, with their body's type: found, listed in pages, and changed by compare-and-set.

import type { Scope } from '#kernel';
import type { Json, Resource, ResourceChange, ResourceStore } from '#store';
import { changedMeanwhile } from './bus-answers.ts';

/** A document that is there. */
export interface Kept<Body> {
  readonly name: string;
  readonly body: Body;
  readonly revision: number;
}

export interface PageQuery {
  readonly prefix?: string | undefined;
  /** The last name of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Changes of one document that collide are made again. */
const ATTEMPTS = 16;

export class Records<Body> {
  readonly #resources: ResourceStore;
  readonly #kind: string;

  constructor(resources: ResourceStore, kind: string) {
    this.#resources = resources;
    this.#kind = kind;
  }

  async find(scope: Scope, name: string): Promise<Kept<Body> | undefined> {
    const found = await this.#resources.get({ scope, kind: this.#kind, name });
    return found === undefined ? undefined : kept<Body>(found);
  }

  async page(scope: Scope, { prefix, after, limit }: PageQuery): Promise<readonly Kept<Body>[]> {
    const found = await this.#resources.list({
      scope,
      kind: this.#kind,
      limit,
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
    });
    return found.map((resource) => kept<Body>(resource));
  }

  async *all(scope: Scope, prefix = ''): AsyncGenerator<Kept<Body>> {
    let after: string | undefined;
    for (;;) {
      const page = await this.page(scope, { prefix, after, limit: WALK_PAGE });
      yield* page;
      if (page.length < WALK_PAGE) return;
      after = page.at(-1)?.name;
    }
  }

  put(scope: Scope, name: string, body: Body, expect: ResourceChange['expect']): ResourceChange {
    // Bodies are plain data: what this room wrote.
    return { key: { scope, kind: this.#kind, name }, expect, change: { put: body as Json } };
  }

  /** That nobody has changed it since it was read. */
  unchanged(scope: Scope, name: string, revision: number): ResourceChange {
    return { key: { scope, kind: this.#kind, name }, expect: { revision }, change: 'check' };
  }

  remove(scope: Scope, { name, revision }: Pick<Kept<Body>, 'name' | 'revision'>): ResourceChange {
    return { key: { scope, kind: this.#kind, name }, expect: { revision }, change: 'remove' };
  }
}

/** Enough that loading ten thousand rules is some ten reads. */
const WALK_PAGE = 1000;

function kept<Body>({ key, body, revision }: Resource): Kept<Body> {
  return { name: key.name, body: body as Body, revision };
}

/** Tries a change until nobody was in between: `attempt` reads, decides, and says whether its commit went through. */
export async function untilCommitted<Result>(
  what: string,
  attempt: () => Promise<{ readonly committed: boolean; readonly result: Result }>,
): Promise<Result> {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const { committed, result } = await attempt();
    if (committed) return result;
  }
  throw changedMeanwhile(what);
}
