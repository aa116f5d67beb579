// How long the instances of one function version lay idle before they were used again: a histogram of one byte a bin.
// Owns: its counts. Never: knows the time, or what follows from the counts (keep-alive.ts does).
// I1: the counts are halved before one overflows or their sum passes SAMPLES_MAX: what was long ago is worth little.

/** Seconds in the first minute, minutes up to two hours, five minutes up to eight hours; whatever took longer falls into a last bin without an end. */
const EDGES_MS: Float64Array = Float64Array.from(
  [
    [0, 1, 2, 4, 8, 15, 30],
    Array.from({ length: 119 }, (_, index) => 60 * (index + 1)),
    Array.from({ length: 73 }, (_, index) => 7200 + 300 * index),
  ].flat(),
  (seconds) => seconds * 1000,
);

/** The bins that have an end. */
export const BINS = EDGES_MS.length - 1;

/** After so many samples a function has forgotten half of what it did before. */
const SAMPLES_MAX = 128;

export const binStartMs = (bin: number): number => EDGES_MS[bin] ?? Infinity;
export const binWidthMs = (bin: number): number => binStartMs(bin + 1) - binStartMs(bin);

/** `BINS` for what lies beyond the last end. */
export function binOf(idleMs: number): number {
  let low = 0;
  let high = BINS;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (binStartMs(middle) <= idleMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class IdleTimes {
  readonly #counts = new Uint8Array(BINS + 1);
  #count = 0;

  /** Grows with use and is halved from time to time: how often lately, without a clock. */
  get count(): number {
    return this.#count;
  }

  in(bin: number): number {
    return this.#counts[bin] ?? 0;
  }

  add(idleMs: number): void {
    if (this.#count === SAMPLES_MAX) this.#halve();
    const bin = binOf(idleMs);
    this.#counts[bin] = this.in(bin) + 1;
    this.#count += 1;
  }

  #halve(): void {
    this.#count = 0;
    for (let bin = 0; bin <= BINS; bin += 1) {
      const half = this.in(bin) >> 1;
      this.#counts[bin] = half;
      this.#count += half;
    }
  }
}
