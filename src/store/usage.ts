// Usage totals: what the ledger's segments add up to. A segment is folded in once, with its offset, in one step.

import type { Scope } from './store.ts';

export interface UsageTotal {
  readonly scope: Scope;
  /** `2026-11-20`, in UTC. */
  readonly day: string;
  /** What was metered, for example `lambda:requests` or `lambda:gb-ms`. */
  readonly meter: string;
  /** The function (name, version) or bucket that it was metered on. */
  readonly resource: string;
  /** Whole units of the meter. */
  readonly quantity: bigint;
}

export interface UsageTotals {
  /**
   * Adds `totals` if the segment was folded exactly up to `fromOffset` before, and remembers `toOffset`.
   * False: somebody else folded it; read the position again.
   */
  fold(segment: string, fromOffset: number, toOffset: number, totals: readonly UsageTotal[]): Promise<boolean>;
  /** How far a segment was folded; 0 when never. */
  foldedTo(segment: string): Promise<number>;
  /** From the first day up to and without the last. */
  totals(scope: Scope, fromDay: string, toDay: string): Promise<readonly UsageTotal[]>;
}
