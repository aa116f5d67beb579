// Who of the map runs may have children: so many of an account and a region; the others wait in the order in which they came.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

import { LIMITS } from '#kernel';
import type { Scope } from '#kernel';

type Gate = { inside: number; readonly waiting: Set<() => void> };

export class Admission {
  readonly #gates = new Map<string, Gate>();

  /** Lets one in, at once or later; returns what it calls when it leaves. Without a scope, it is let in whoever is there. */
  enter(scope: Scope | undefined, letIn: () => void): () => void {
    if (scope === undefined) {
      letIn();
      return () => undefined;
    }
    const name = `${scope.account}/${scope.region}`;
    const gate = this.#gates.get(name) ?? { inside: 0, waiting: new Set() };
    this.#gates.set(name, gate);
    const come = (): void => {
      gate.inside += 1;
      letIn();
    };
    if (gate.inside < LIMITS.openMapRuns) come();
    else gate.waiting.add(come);
    return () => {
      if (!gate.waiting.delete(come)) gate.inside -= 1;
      const [next] = gate.waiting;
      if (next !== undefined && gate.inside < LIMITS.openMapRuns) {
        gate.waiting.delete(next);
        next();
      }
      if (gate.inside === 0 && gate.waiting.size === 0) this.#gates.delete(name);
    };
  }
}
