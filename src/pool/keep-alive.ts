// When an idle instance is worth its memory, and when one is worth starting before anybody calls: the policy, pure. It runs in the
// pool and in bench/sim.
//
// Every idle instance waits for one kind of moment: that as many invocations run at once as there were instances before it went idle
// (its *level*: with the most recently used first, the first level is used by every call, the tenth by bursts alone). For each level
// the history says how long such a wait was before (idle-times.ts). In each stretch of time an instance is held where
//
//     chance that the wait ends in this stretch × what a cold start is worth  ≥  what holding it costs,
//
// so one that is called every hour is ended soon, and started again shortly before the hour; one that nobody knows is held for ten minutes,
// less when it turns out that nobody comes. The hybrid histogram policy of "Serverless in the Wild" (Shahrad et al., USENIX ATC 2020)
// picks one window from percentiles; the chance per stretch gives that window for periodic functions, several where there are
// several habits, and none where there is none.

import { BINS, binOf, binStartMs, binWidthMs, IdleTimes } from './idle-times.ts';

export const KEEP_ALIVE = {
  /**
   * What a cold start is worth, in time that an instance lies idle. Measured with bench/sim, seeds 1 and 2, over a fixed ten minutes: 20 minutes
   * make 0.96 to 0.99 of the cold starts with 0.50 to 0.59 of the idle memory, 50 minutes 0.81 to 0.84 with 0.62 to 0.70, 60 minutes 0.78 to 0.82
   * with 0.66 to 0.72. Short and small days, where there is little to learn from, leave 60 the widest margin on both.
   */
  coldStartWorthMs: 3_600_000,
  /**
   * What starting an instance ahead costs, in the same unit: the work of a cold start, but nobody waits for it. Measured: a tenth of it
   * starts nearly three times as many instances ahead, and saves one in forty of the cold starts.
   */
  warmingCostMs: 300_000,
  /**
   * What is expected of a function without a history: P(still idle after t) = (1 + t / 1 s)^-decay. It is held for decay × worth, which is
   * ten minutes: as long as observers have found on Lambda.
   */
  unknownDecay: 1 / 6,
  /** How many samples it takes to outweigh that. */
  unknownWeight: 1,
  /** No instance ends sooner. It also bounds how often anybody looks at a function that is called all the time. */
  leastMs: 30_000,
  /** Levels whose habits are remembered; what runs beyond at once is a burst that nobody keeps instances for. */
  levelsMax: 100,
} as const;

/** What follows from a history: for each bin of idle time, whether an instance is kept there, and whether one is started there. */
export interface Windows {
  readonly keep: Uint8Array;
  readonly warm: Uint8Array;
}

const UNKNOWN_SURVIVAL = Float64Array.from({ length: BINS + 2 }, (_, bin) =>
  bin > BINS ? 0 : (1 + binStartMs(bin) / 1000) ** -KEEP_ALIVE.unknownDecay,
);

/**
 * The cheapest course through the idle time, found from its end backwards. Costs are in milliseconds of holding, weighted with the chance
 * that the wait gets so far.
 */
export function windowsOf(times: IdleTimes | undefined): Windows {
  const keep = new Uint8Array(BINS + 1);
  const warm = new Uint8Array(BINS + 1);
  const { coldStartWorthMs, warmingCostMs, unknownWeight } = KEEP_ALIVE;
  let reached = (times?.in(BINS) ?? 0) + unknownWeight * (UNKNOWN_SURVIVAL[BINS] ?? 0);
  let held = 0;
  let gone = 0;
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    const after = reached;
    reached = after + (times?.in(bin) ?? 0) + unknownWeight * unknownChance(bin);
    const hold = binWidthMs(bin) * ((reached + after) / 2) + Math.min(held, gone);
    const letGo = arrivals(times, bin) * coldStartWorthMs + Math.min(gone, held + after * warmingCostMs);
    keep[bin] = hold <= letGo ? 1 : 0;
    warm[bin] = hold + reached * warmingCostMs < letGo ? 1 : 0;
    held = Math.min(hold, letGo);
    gone = Math.min(letGo, hold + reached * warmingCostMs);
  }
  return { keep, warm };
}

const unknownChance = (bin: number) => (UNKNOWN_SURVIVAL[bin] ?? 0) - (UNKNOWN_SURVIVAL[bin + 1] ?? 0);

/**
 * How many waits are expected to end in this bin, out of `count + unknownWeight`. Read off with its neighbours, since nobody comes to the second, and less one
 * standard deviation: a single call at some hour is no habit.
 */
function arrivals(times: IdleTimes | undefined, bin: number): number {
  const unknown = KEEP_ALIVE.unknownWeight * unknownChance(bin);
  if (times === undefined) return unknown;
  const first = Math.max(0, bin - 1);
  const last = Math.min(BINS - 1, bin + 1);
  const seen = times.in(first) + (first < bin ? times.in(bin) : 0) + (last > bin ? times.in(last) : 0);
  if (seen < 2) return unknown;
  const share = binWidthMs(bin) / (binStartMs(last + 1) - binStartMs(first));
  return unknown + (seen - Math.sqrt(seen)) * share;
}

/** What a function version should have idle now, and when to ask again if nothing happens until then. */
export interface Plan {
  readonly idle: number;
  /** By the same clock; undefined when nothing changes by itself any more. */
  readonly reviewAtMs: number | undefined;
}

/** The same for `habit` where `busy` of its instances are at work and `idle` are not. */
export function planOf(habit: Habit, { busy, idle }: { readonly busy: number; readonly idle: number }, nowMs: number): Plan {
  const windows = new Map<number, Windows>();
  let wanted = 0;
  let reviewAtMs: number | undefined;
  for (let level = busy + 1; level <= habit.levels; level += 1) {
    const leftAtMs = habit.leftAtMs(level);
    if (leftAtMs === undefined) continue;
    const group = groupOf(level);
    const found = windows.get(group) ?? windowsOf(habit.times(group));
    windows.set(group, found);
    const marks = level <= busy + idle ? found.keep : found.warm;
    const bin = binOf(nowMs - leftAtMs);
    wanted += marks[bin] ?? 0;
    const changeMs = changeAfter(marks, bin);
    // At least a moment later, however the sums are rounded.
    if (changeMs !== undefined) reviewAtMs = Math.min(reviewAtMs ?? Infinity, Math.max(leftAtMs + changeMs, nowMs + 1));
  }
  return { idle: wanted, reviewAtMs };
}

function changeAfter(marks: Uint8Array, bin: number): number | undefined {
  for (let next = bin + 1; next <= BINS; next += 1) if (marks[next] !== marks[bin]) return binStartMs(next);
  return undefined;
}

/** Levels with alike habits share a history: 1, 2 to 3, 4 to 7, and so on. */
const groupOf = (level: number): number => 31 - Math.clz32(level);

/**
 * What is remembered of one function version: when each level was last left, and how long it lay idle before.
 * Some 250 bytes for one that never runs twice at once.
 */
export class Habit {
  readonly #leftAtMs: (number | undefined)[] = [];
  readonly #times: (IdleTimes | undefined)[] = [];

  /** The highest level that it ever reached. */
  get levels(): number {
    return this.#leftAtMs.length;
  }

  /** One more runs, `level` of them now. */
  rose(level: number, nowMs: number): void {
    if (level > KEEP_ALIVE.levelsMax) return;
    const leftAtMs = this.#leftAtMs[level - 1];
    if (leftAtMs === undefined) return;
    const group = groupOf(level);
    const times = (this.#times[group] ??= new IdleTimes());
    times.add(Math.max(0, nowMs - leftAtMs));
  }

  /** One fewer runs; there were `level`. */
  fell(level: number, nowMs: number): void {
    if (level <= KEEP_ALIVE.levelsMax) this.#leftAtMs[level - 1] = nowMs;
  }

  leftAtMs(level: number): number | undefined {
    return this.#leftAtMs[level - 1];
  }

  times(group: number): IdleTimes | undefined {
    return this.#times[group];
  }

  /** How often this level was used lately, for whoever has to choose what goes. */
  uses(level: number): number {
    return this.#times[groupOf(level)]?.count ?? 0;
  }
}
