// Makes the code of function versions ready that are likely to be invoked soon, off every request's path.
// Owns: what is being made ready.

import type { Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { Launcher } from '#sandbox';

export class Expectations {
  readonly #launcher: Launcher;
  readonly #log: Log;
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  constructor({ launcher, log }: { readonly launcher: Launcher; readonly log: Log }) {
    this.#launcher = launcher;
    this.#log = log;
  }

  expect(invocable: InvocableFunction): void {
    if (this.#closed) return;
    const ready = this.#prepare(invocable)
      .catch((cause: unknown) => {
        // The first invocation will need the same, and say so to somebody.
        this.#log.write('warn', 'code.not-ready', { function: invocable.versionArn, cause });
      })
      .finally(() => this.#pending.delete(ready));
    this.#pending.add(ready);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#pending);
  }

  async #prepare(invocable: InvocableFunction): Promise<void> {
    const [codeTree, layerTrees] = await Promise.all([invocable.codeTree(), invocable.layerTrees()]);
    await this.#launcher.expect({ codeTree, layerTrees });
  }
}
