// Which instance keys were handed out, so that those which a change by another process ended can be announced here too.
//
// Owns: the keys by function. Never: holds more than a bounded number of functions; whose keys are forgotten is not announced,
// and its instances end by themselves once they are idle.

import type { FunctionName, Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { LATEST } from './function-reference.ts';
import { functionKey, publishedKey, recordOf, versionOf } from './functions/function-documents.ts';
import { servingOf } from './functions/function-record.ts';
import type { InvocableFunction } from './invocable.ts';

interface Entry {
  readonly scope: Scope;
  readonly name: FunctionName;
  /** Of the function's head when its keys were last compared with it; undefined when they never were. */
  revision: number | undefined;
  /** Instance key → version. */
  readonly keys: Map<string, string>;
}

const FUNCTIONS_MAX = 10_000;

export class HandedOut {
  readonly #resources: ResourceStore;
  readonly #entries = new Map<string, Entry>();

  constructor(resources: ResourceStore) {
    this.#resources = resources;
  }

  note({ scope, name, version, instanceKey }: InvocableFunction): void {
    const id = `${scope.account}/${scope.region}/${name}`;
    const known = this.#entries.get(id);
    if (known?.keys.has(instanceKey) === true) return;
    const entry = known ?? { scope, name, revision: undefined, keys: new Map() };
    entry.keys.set(instanceKey, version);
    entry.revision = undefined;
    if (known !== undefined) return;
    const oldest = this.#entries.size >= FUNCTIONS_MAX ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(id, entry);
  }

  /** Those that no version bears now. They are forgotten with this. */
  async takeEnded(): Promise<readonly string[]> {
    const ended: string[] = [];
    for (const [id, entry] of this.#entries) {
      // Taken before the head is read: a key that is noted meanwhile may belong to a newer one.
      const keys = [...entry.keys];
      const head = await this.#resources.get(functionKey(entry.scope, entry.name));
      if (head !== undefined && head.revision === entry.revision) continue;
      for (const [instanceKey, version] of keys) {
        const now =
          head === undefined ? undefined : version === LATEST ? servingOf(recordOf(head)) : await this.#published(entry, version);
        if (now?.instanceKey === instanceKey) continue;
        entry.keys.delete(instanceKey);
        ended.push(instanceKey);
      }
      entry.revision = head?.revision;
      if (entry.keys.size === 0) this.#entries.delete(id);
    }
    return ended;
  }

  async #published({ scope, name }: Entry, version: string) {
    const found = await this.#resources.get(publishedKey(scope, name, version));
    return found && versionOf(found);
  }
}
