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
    this.#counts.set(id, counted);
    // A failure is its asker's; the next one counts again.
    counted.catch(() => this.#counts.delete(id));
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
      this.#counts.set(
        idOf(scope),
        known.then((count) => count + by),
      );
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
