// What a sandbox has used, read when somebody asks, and not more often than once in a millisecond: each reading is three files of the kernel, and
// a busy instance answers thirty times in a millisecond. What takes longer than that is measured exactly.
//
// Owns: the last reading.

import type { Clock } from '#kernel';
import type { Enclosure } from './enclosure.ts';
import type { SandboxUsage } from './sandbox.ts';

const FRESH_MS = 1;

export class Meter {
  readonly #clock: Clock;
  readonly #enclosure: Enclosure;
  #usage: SandboxUsage | undefined;
  #usageAtMs = -Infinity;
  #ranOutOfMemory = false;
  #lookedAtMs = -Infinity;

  constructor(clock: Clock, enclosure: Enclosure) {
    this.#clock = clock;
    this.#enclosure = enclosure;
  }

  usage(): SandboxUsage {
    const nowMs = this.#clock.monotonicMs();
    if (this.#usage === undefined || nowMs - this.#usageAtMs >= FRESH_MS) {
      this.#usageAtMs = nowMs;
      this.#usage = this.#enclosure.usage();
    }
    return this.#usage;
  }

  resetPeak(): void {
    this.#enclosure.resetPeak();
    this.#usage = undefined;
  }

  /**
   * Whether something inside was killed for want of memory. No process is started, grows to the limit and is killed within a millisecond, so the
   * invocation that lost one is the one that is told.
   */
  ranOutOfMemory(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (this.#ranOutOfMemory || nowMs - this.#lookedAtMs < FRESH_MS) return this.#ranOutOfMemory;
    return this.ranOutOfMemoryByNow();
  }

  /** The same, now. */
  ranOutOfMemoryByNow(): boolean {
    this.#lookedAtMs = this.#clock.monotonicMs();
    this.#ranOutOfMemory = this.#enclosure.ranOutOfMemory();
    return this.#ranOutOfMemory;
  }
}
