// Who waits for the end of an execution, by the number of its journal.
// Owns: nothing but who waits: an execution does not end the other way because nobody does.

import type { UsageRecord } from '#ledger';
import type { ExecutionEnd } from './records.ts';

export type Told =
  /** `record` is that of the run which brought the end, where one did. */
  | { readonly kind: 'ended'; readonly end: ExecutionEnd; readonly record: UsageRecord | undefined }
  /** The platform goes down before the end. */
  | { readonly kind: 'closed' };

export class Callers {
  readonly #waiting = new Map<number, Set<(told: Told) => void>>();
  #isClosed = false;

  wait(journal: number): { readonly told: Promise<Told>; readonly leave: () => void } {
    const { promise, resolve } = Promise.withResolvers<Told>();
    if (this.#isClosed) resolve({ kind: 'closed' });
    const waiting = this.#waiting.get(journal) ?? new Set();
    this.#waiting.set(journal, waiting.add(resolve));
    const leave = () => {
      waiting.delete(resolve);
      if (waiting.size === 0 && this.#waiting.get(journal) === waiting) this.#waiting.delete(journal);
    };
    return { told: promise, leave };
  }

  tell(journal: number, told: Told): void {
    const waiting = this.#waiting.get(journal) ?? [];
    this.#waiting.delete(journal);
    for (const resolve of waiting) resolve(told);
  }

  close(): void {
    this.#isClosed = true;
    for (const journal of this.#waiting.keys()) this.tell(journal, { kind: 'closed' });
  }
}
