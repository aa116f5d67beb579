// What the paths and intrinsic functions of one state may cost: each step that they take is spent. Without it, `$..[*]..[*]..[*]` takes hours.

import { LIMITS } from '#kernel';
import { EvaluationError } from './failure.ts';
import type { Json } from './json.ts';

const TEXT_SHIFT = 6;

export class Budget {
  #left = LIMITS.statePathSteps;
  readonly #made = new Set<string>();

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationError({ kind: 'limit' }, 'The paths of the state take too many steps');
  }

  /** As much as going once over the whole value. Shared parts count as often as they stand there: so often would they be printed, or compared. */
  spendOn(value: Json): void {
    const pending: Json[] = [value];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      this.spend(typeof next === 'string' ? 1 + (next.length >> TEXT_SHIFT) : 1);
      if (typeof next !== 'object' || next === null) continue;
      const children = Object.values<Json>(next);
      this.spend(children.length);
      for (const child of children) pending.push(child);
    }
  }

  /** For a thing of that name that is made once, and may be known from before: that must make no difference. */
  spendOnce(name: string, steps: number): void {
    if (this.#made.has(name)) return;
    this.#made.add(name);
    this.spend(steps);
  }

  /** A text searched for another. */
  spendOnSearch(text: string, wanted: string): void {
    this.spend(1 + (text.length * wanted.length) / 64);
  }
}
