// Makes the code of function versions ready that are likely to be invoked soon, off every request's path.
// Owns: what is being made ready.

import type { Clock, Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { Launcher } from '#sandbox';
import type { Budget } from './budget.ts';
import { CodeCaching } from './code-caching.ts';
import type { Disposal } from './disposal.ts';

/** Its first invocation is over by then, and perhaps its burst. */
const AFTER_START_MS = 1000;

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly launcher: Launcher;
  readonly budget: Budget;
  readonly disposal: Disposal;
}

export class Expectations {
  readonly #parts: Parts;
  readonly #caching: CodeCaching;
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#caching = new CodeCaching(parts);
  }

  /** It was deployed or changed just now. */
  expect(invocable: InvocableFunction): void {
    if (this.#closed) return;
    const ready = this.#prepare(invocable)
      .catch((cause: unknown) => {
        // The first invocation will need the same, and say so to somebody.
        this.#parts.log.write('warn', 'code.not-ready', { function: invocable.versionArn, cause });
      })
      .finally(() => this.#pending.delete(ready));
    this.#pending.add(ready);
  }

  /** An instance of it begins. One that was deployed in an earlier life of the platform gets its code cache later. */
  begun(invocable: InvocableFunction): void {
    if (!this.#caching.isSettled(invocable)) this.#parts.clock.after(AFTER_START_MS, () => this.expect(invocable));
  }

  /** Nothing of it is asked for any more. */
  forget(instanceKey: string): void {
    this.#parts.launcher.codeCaches.forget(instanceKey);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pending, this.#caching.close()]);
  }

  async #prepare(invocable: InvocableFunction): Promise<void> {
    const [codeTree, layerTrees] = await Promise.all([invocable.codeTree(), invocable.layerTrees()]);
    await this.#parts.launcher.expect({ codeTree, layerTrees });
    await this.#caching.make(invocable, { codeTree, layerTrees });
  }
}
