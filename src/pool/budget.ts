// The machine's share for sandboxes: memory and a number, charged before use and given back when nothing of a sandbox is left.
// Owns: the two sums, and how much of them is on its way back.
// I1: the sums never exceed the budget, except for one function that alone is larger than the machine.

import assert from 'node:assert/strict';
import type { Shortage } from './scale.ts';

export class Budget {
  readonly memoryMiB: number;
  readonly sandboxes: number;
  #chargedMiB = 0;
  #count = 0;
  #returningMiB = 0;
  #returning = 0;

  constructor(limits: { readonly memoryMiB: number; readonly sandboxes: number }) {
    assert(limits.memoryMiB > 0 && limits.sandboxes > 0, 'a pool needs memory for at least one sandbox');
    this.memoryMiB = limits.memoryMiB;
    this.sandboxes = limits.sandboxes;
  }

  get chargedMiB(): number {
    return this.#chargedMiB;
  }

  get count(): number {
    return this.#count;
  }

  /** A function larger than the whole machine is charged all of it: it runs, alone. */
  capped(memoryMiB: number): number {
    return Math.min(memoryMiB, this.memoryMiB);
  }

  fits(moreMiB: number, moreSandboxes: number): boolean {
    return this.#chargedMiB + moreMiB <= this.memoryMiB && this.#count + moreSandboxes <= this.sandboxes;
  }

  /** What would still be missing once everything that is being destroyed is gone. */
  shortage(moreMiB: number, moreSandboxes: number): Shortage {
    return {
      missingMiB: Math.max(0, this.#chargedMiB - this.#returningMiB + moreMiB - this.memoryMiB),
      missingSandboxes: Math.max(0, this.#count - this.#returning + moreSandboxes - this.sandboxes),
    };
  }

  charge(moreMiB: number, moreSandboxes: number): void {
    this.#chargedMiB += moreMiB;
    this.#count += moreSandboxes;
    assert(this.#chargedMiB >= 0 && this.#count >= 0, 'more was given back than charged');
  }

  /** Announces that a charged sandbox is being destroyed; call the returned function when it is gone. */
  returning(chargedMiB: number): () => void {
    this.#returningMiB += chargedMiB;
    this.#returning += 1;
    return () => {
      this.#returningMiB -= chargedMiB;
      this.#returning -= 1;
      this.charge(-chargedMiB, -1);
    };
  }
}
