// The end of sandboxes: each is destroyed once, and its charge comes back when nothing of it is left.
// Owns: the list of what is being destroyed.

import type { Log } from '#kernel';
import type { Sandbox } from '#sandbox';
import type { Budget } from './budget.ts';

export class Disposal {
  readonly #budget: Budget;
  readonly #log: Log;
  readonly #freed: () => void;
  readonly #pending = new Set<Promise<void>>();

  /** `freed` is called after each: there is room again. */
  constructor({ budget, log, freed }: { budget: Budget; log: Log; freed: () => void }) {
    this.#budget = budget;
    this.#log = log;
    this.#freed = freed;
  }

  /** `afterwards` runs when the sandbox is gone, before its room is given to anybody. */
  destroy(sandbox: Sandbox, chargedMiB: number, afterwards?: () => void): void {
    const returned = this.#budget.returning(chargedMiB);
    const ending = this.#destroy(sandbox).then(() => {
      this.#pending.delete(ending);
      returned();
      afterwards?.();
      this.#freed();
    });
    this.#pending.add(ending);
  }

  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** A sandbox that cannot be removed is the launcher's to sweep at the next start; holding its charge would not help. */
  async #destroy(sandbox: Sandbox): Promise<void> {
    try {
      await sandbox.destroy();
    } catch (cause) {
      this.#log.write('error', 'sandbox.destroy-failed', { sandbox: sandbox.id, cause });
    }
  }
}
