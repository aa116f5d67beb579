// Which targets fail, since when, and how long each is left alone: what holds a dead target back, and what the doctor says.
// Owns: the memory of failures, at most LIMITS.failingTargets of them. A restart forgets it: then each target is tried again.
// I1: a target that was reached is not among them.
// I2: a pause begins after PATIENCE failures in a row, doubles while tries fail, and never passes PAUSE_MOST_MS.

import type { Failure } from './outcome.ts';

export interface FailingTarget {
  readonly target: string;
  readonly sinceMs: number;
  readonly lastAtMs: number;
  readonly failures: number;
  readonly lastFailure: Failure;
}

interface Failing {
  readonly sinceMs: number;
  lastAtMs: number;
  lastFailure: Failure;
  failures: number;
  pauses: number;
  pausedUntilMs: number;
  toldAtMs: number;
  untold: number;
}

/** One bad answer among good ones holds nobody back. */
const PATIENCE = 3;
const PAUSE_LEAST_MS = 1000;
/** A target that comes back is noticed after so long at the latest. */
const PAUSE_MOST_MS = 60_000;
/** The log speaks of one target so often at most. */
const TELLING_MS = 10_000;
/** Nobody has failed to reach it for so long since: it is not wanted any more. */
const FORGOTTEN_MS = 3_600_000;

export class FailingTargets {
  readonly #limit: number;
  readonly #failing = new Map<string, Failing>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  reached(target: string): void {
    this.#failing.delete(target);
  }

  /** Until when it is left alone, if it is. `begunAtMs` is when the attempt began: one that began before a pause tells nothing new. */
  failed(target: string, failure: Failure, begunAtMs: number, nowMs: number): number | undefined {
    const failing = this.#remember(target, failure, nowMs);
    if (failing.failures < PATIENCE || begunAtMs < failing.pausedUntilMs) return undefined;
    failing.pausedUntilMs = nowMs + Math.min(PAUSE_MOST_MS, PAUSE_LEAST_MS * 2 ** Math.min(failing.pauses, 10));
    failing.pauses += 1;
    return failing.pausedUntilMs;
  }

  /** It said no, which is no reason to leave it alone: what comes next is refused as quickly. */
  refused(target: string, failure: Failure, nowMs: number): void {
    this.#remember(target, failure, nowMs);
  }

  lastFailure(target: string): Failure | undefined {
    return this.#failing.get(target)?.lastFailure;
  }

  /** How many ends of entries to tell of, this one included; 0 where the log has just spoken of this target. */
  toTell(target: string, nowMs: number): number {
    const failing = this.#failing.get(target);
    if (failing === undefined) return 1;
    failing.untold += 1;
    if (nowMs - failing.toldAtMs < TELLING_MS) return 0;
    const { untold } = failing;
    failing.toldAtMs = nowMs;
    failing.untold = 0;
    return untold;
  }

  /** The longest first. */
  list(nowMs: number): readonly FailingTarget[] {
    return [...this.#failing]
      .filter(([, { lastAtMs }]) => nowMs - lastAtMs < FORGOTTEN_MS)
      .map(([target, { sinceMs, lastAtMs, failures, lastFailure }]) => ({ target, sinceMs, lastAtMs, failures, lastFailure }))
      .sort((one, other) => one.sinceMs - other.sinceMs);
  }

  #remember(target: string, lastFailure: Failure, nowMs: number): Failing {
    const known = this.#failing.get(target);
    if (known !== undefined) {
      // The one that failed last is forgotten last.
      this.#failing.delete(target);
      this.#failing.set(target, known);
      known.lastAtMs = nowMs;
      known.lastFailure = lastFailure;
      known.failures += 1;
      return known;
    }
    if (this.#failing.size >= this.#limit) this.#failing.delete(this.#failing.keys().next().value ?? '');
    const failing: Failing = {
      sinceMs: nowMs,
      lastAtMs: nowMs,
      lastFailure,
      failures: 1,
      pauses: 0,
      pausedUntilMs: -Infinity,
      toldAtMs: -Infinity,
      untold: 0,
    };
    this.#failing.set(target, failing);
    return failing;
  }
}
