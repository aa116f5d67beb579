// How many resources of a kind there are: counted once, then kept up by whoever makes and removes them, so that a quota costs nothing.

import type { Scope } from '#kernel';
import type { ResourceStore } from '#store';

const COUNTED_AT_ONCE = 1000;

export class ResourceCount {
  readonly #resources: ResourceStore;
  readonly #kind: string;
  readonly #counts = new Map<string, Promise<number>>();

  constructor(resources: ResourceStore, kind: string) {
    this.#resources = resources;
    this.#kind = kind;
  }

  async of(scope: Scope): Promise<number> {
    const id = idOf(scope);
    const known = this.#counts.get(id);
    if (known !== undefined) return known;
    const counted = this.#count(scope);
    this.#keep(id, counted);
    return counted;
  }

  added(scope: Scope): void {
    this.#change(scope, 1);
  }

  removed(scope: Scope): void {
    this.#change(scope, -1);
  }

  #change(scope: Scope, by: number): void {
    const known = this.#counts.get(idOf(scope));
    if (known !== undefined)
      this.#keep(
        idOf(scope),
        known.then((count) => count + by),
      );
  }

  /** A failure is its asker's, and where nobody asks any more, nobody's; the next one counts again. */
  #keep(id: string, count: Promise<number>): void {
    this.#counts.set(id, count);
    count.catch(() => {
      if (this.#counts.get(id) === count) this.#counts.delete(id);
    });
  }

  async #count(scope: Scope): Promise<number> {
    let count = 0;
    for (let after: string | undefined; ;) {
      const found = await this.#resources.list({
        scope,
        kind: this.#kind,
        limit: COUNTED_AT_ONCE,
        ...(after === undefined ? {} : { after }),
      });
      count += found.length;
      after = found.at(-1)?.key.name;
      if (found.length < COUNTED_AT_ONCE) return count;
    }
  }
}

function idOf({ account, region }: Scope): string {
  return `${account}/${region}`;
}
