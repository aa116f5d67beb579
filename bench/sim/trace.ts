// One synthetic day of a platform with strangers' functions on it: periodic, bursty, rare and steady ones, from a seed.
// The shares and rates follow what "Serverless in the Wild" (USENIX ATC 2020) found on Azure: nearly half of all applications are called once
// an hour or less, four in five once a minute or less, a small part makes nearly all calls, and timers are the most regular callers.

import { seededRandom } from '../../test/support/seeded-random.ts';

export type Kind = 'periodic' | 'bursty' | 'rare' | 'steady';

export interface TracedFunction {
  readonly kind: Kind;
  /** What an idle instance of it holds. */
  readonly sizeMiB: number;
  readonly startMs: number;
  readonly runMs: number;
}

export interface Arrival {
  readonly atMs: number;
  readonly function: number;
  readonly runMs: number;
}

export interface Trace {
  readonly functions: readonly TracedFunction[];
  /** By time. */
  readonly arrivals: readonly Arrival[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const SHARES: readonly (readonly [Kind, number])[] = [
  ['periodic', 0.3],
  ['bursty', 0.2],
  ['rare', 0.35],
  ['steady', 0.15],
];
const PERIODS_MINUTES = [1, 5, 5, 10, 15, 15, 30, 30, 60, 60, 60, 120, 240];

export function traceOf(seed: number, { functions: count = 400, hours = 24 } = {}): Trace {
  const dice = new Dice(seed);
  const functions: TracedFunction[] = [];
  const arrivals: Arrival[] = [];
  for (let index = 0; index < count; index += 1) {
    const kind = dice.kind();
    const traced: TracedFunction = {
      kind,
      sizeMiB: dice.between(30, 300),
      startMs: dice.between(40, 1500),
      runMs: dice.between(10, 2000),
    };
    functions.push(traced);
    for (const atMs of TIMES[kind](dice, hours * HOUR_MS))
      if (atMs < hours * HOUR_MS) arrivals.push({ atMs, function: index, runMs: traced.runMs * dice.between(0.5, 2) });
  }
  return { functions, arrivals: arrivals.sort((one, other) => one.atMs - other.atMs) };
}

const TIMES: Readonly<Record<Kind, (dice: Dice, endMs: number) => Iterable<number>>> = {
  /** A timer: on the minute, with the delays that timers have. */
  *periodic(dice, endMs) {
    const periodMs = dice.oneOf(PERIODS_MINUTES) * MINUTE_MS;
    const firstMs = dice.fraction() * periodMs;
    for (let atMs = firstMs; atMs < endMs; atMs += periodMs) yield atMs + dice.exponential(1500);
  },
  /** Somebody uploads a folder: some dozens of calls within seconds, and then nothing for long. */
  *bursty(dice, endMs) {
    const gapMs = dice.between(15, 180) * MINUTE_MS;
    const calls = dice.between(4, 40);
    for (let atMs = dice.exponential(gapMs); atMs < endMs; atMs += dice.exponential(gapMs)) {
      let callMs = atMs;
      for (let call = dice.exponential(calls); call > 0; call -= 1) yield (callMs += dice.exponential(250));
    }
  },
  *rare(dice, endMs) {
    const gapMs = dice.between(2, 12) * HOUR_MS;
    for (let atMs = dice.exponential(gapMs); atMs < endMs; atMs += dice.exponential(gapMs)) yield atMs;
  },
  /** People at a service: at any moment, more by day than by night. */
  *steady(dice, endMs) {
    const gapMs = dice.between(0.05, 8) * MINUTE_MS;
    for (let atMs = dice.exponential(gapMs); atMs < endMs; atMs += dice.exponential(gapMs / daylight(atMs))) yield atMs;
  },
};

/** From a fifth by night to the whole at noon. */
function daylight(atMs: number): number {
  return 0.6 - 0.4 * Math.cos((2 * Math.PI * atMs) / (24 * HOUR_MS));
}

class Dice {
  readonly fraction: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.fraction = () => random.fraction();
  }

  /** As often between 10 and 20 as between 100 and 200. */
  between(low: number, high: number): number {
    return low * (high / low) ** this.fraction();
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  kind(): Kind {
    let rest = this.fraction();
    for (const [kind, share] of SHARES) {
      if (rest < share) return kind;
      rest -= share;
    }
    return 'steady';
  }
}
