// Who waits for the end of an execution, by the number of its journal.
// Owns: nothing but who waits: an execution does not end the other way because nobody does.

import type { UsageRecord } from '#ledger';
import type { ExecutionEnd } from './records.ts';

/** Of the run that brought the end. */
export interface LastRun {
  readonly record: UsageRecord | undefined;
  readonly logTail: string | undefined;
}

export type Told =
  /** No run has brought the end of one that was stopped, or whose time was over. */
  | { readonly kind: 'ended'; readonly end: ExecutionEnd; readonly last: LastRun | undefined }
  /** The platform goes down before the end. */
  | { readonly kind: 'closed' };

export interface Waiting {
  readonly told: Promise<Told>;
  leave(): void;
}

interface Caller {
  readonly tell: (told: Told) => void;
  readonly wantsTail: boolean;
}

export class Callers {
  readonly #waiting = new Map<number, Set<Caller>>();
  #isClosed = false;

  wait(journal: number, wantsTail: boolean): Waiting {
    const { promise, resolve } = Promise.withResolvers<Told>();
    const caller: Caller = { tell: resolve, wantsTail };
    const waiting = this.#waiting.get(journal) ?? new Set();
    this.#waiting.set(journal, waiting.add(caller));
    if (this.#isClosed) resolve({ kind: 'closed' });
    return {
      told: promise,
      leave: () => {
        waiting.delete(caller);
        if (waiting.size === 0 && this.#waiting.get(journal) === waiting) this.#waiting.delete(journal);
      },
    };
  }

  /** Whether anybody would read the end of the log. */
  wantsTail(journal: number): boolean {
    return [...(this.#waiting.get(journal) ?? [])].some((caller) => caller.wantsTail);
  }

  tell(journal: number, told: Told): void {
    const waiting = this.#waiting.get(journal) ?? [];
    this.#waiting.delete(journal);
    for (const { tell } of waiting) tell(told);
  }

  close(): void {
    this.#isClosed = true;
    for (const journal of this.#waiting.keys()) this.tell(journal, { kind: 'closed' });
  }
}
