// Takes up executions that have something to be done for and nobody who does it: what an earlier process left, and what there was no room for.
//
// Owns: how far it is in the list of those that are busy.
// Never: polls. It looks at the start, and when there is room again for what was left.
// I1: whatever is left after it was noted (`note`) is found: the list is gone through once more.

import type { Clock, Log } from '#kernel';
import type { JournalStore } from '#store';
import type { Gate } from './gate.ts';

export interface TakeUpParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: Pick<JournalStore, 'busy'>;
  readonly gate: Gate;
  /** Whether it is under way here, or not to be taken up. */
  readonly isHere: (journal: number) => boolean;
  /** Begins to read it and to go on with it; its errands are inside the gate when it resolves. */
  readonly takeUp: (journal: number) => Promise<void>;
}

const PAGE = 100;
/** At once: each is read from the store. */
const TOGETHER = 16;
const RETRY_MS = 1000;

export class TakeUp {
  readonly #parts: TakeUpParts;
  #after = 0;
  /** Something was left that this round may have passed already. */
  #isNoted = true;
  #isWorking = false;
  #isClosed = false;

  constructor(parts: TakeUpParts) {
    this.#parts = parts;
  }

  /** Whether others wait for room. */
  get hasBacklog(): boolean {
    return this.#isNoted || this.#after > 0;
  }

  note(): void {
    this.#isNoted = true;
  }

  wake(): void {
    if (this.#isWorking || this.#isClosed || !this.hasBacklog || !this.#parts.gate.hasRoom) return;
    this.#isWorking = true;
    this.#work().then(
      () => this.#worked(),
      (cause: unknown) => {
        this.#isWorking = false;
        this.#parts.log.write('error', 'executions.take-up-failed', { cause });
        this.#parts.clock.after(RETRY_MS, () => this.wake());
      },
    );
  }

  close(): void {
    this.#isClosed = true;
  }

  #worked(): void {
    this.#isWorking = false;
    // Room that came while the last of a page were being read.
    if (this.hasBacklog && this.#parts.gate.hasRoom) this.wake();
  }

  async #work(): Promise<void> {
    const { journals, gate } = this.#parts;
    while (!this.#isClosed && gate.hasRoom && this.hasBacklog) {
      if (this.#after === 0) this.#isNoted = false;
      const numbers = await journals.busy('execution', this.#after, PAGE);
      if (!(await this.#takeAll(numbers))) return;
      if (numbers.length < PAGE) this.#after = 0;
    }
  }

  /** False where there was no room for all of them. */
  async #takeAll(numbers: readonly number[]): Promise<boolean> {
    const { isHere, takeUp, gate } = this.#parts;
    for (let at = 0; at < numbers.length; at += TOGETHER) {
      if (this.#isClosed || !gate.hasRoom) return false;
      const some = numbers.slice(at, at + TOGETHER);
      await Promise.all(some.filter((journal) => !isHere(journal)).map((journal) => takeUp(journal)));
      this.#after = some.at(-1) ?? this.#after;
    }
    return true;
  }
}
