// Who goes first when memory is short: a pure rule. Greedy-dual-size-frequency, as for web caches and, by FaasCache (Fuerst and Sharma, ASPLOS 2021),
// for instances: the one goes that saves the least start time for each MiB that it holds, and a clock ages those that were not used.

export interface Worth {
  /** The eviction clock when it was last used. */
  readonly clock: number;
  /** How often it was used lately. */
  readonly uses: number;
  /** What it would take to start it again. */
  readonly startMs: number;
  readonly sizeMiB: number;
}

/** The clock moves to the priority of whatever was evicted: what comes later starts from there, and the idle ones fall behind. */
export function priorityOf({ clock, uses, startMs, sizeMiB }: Worth): number {
  return clock + ((1 + uses) * startMs) / Math.max(1, sizeMiB);
}
