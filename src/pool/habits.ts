// What the pool remembers of function versions beyond the life of their instances, and when it looks at each of them again.
// Owns: a bounded number of habits, and the one alarm for all of their reviews.
// Never: decides what a review comes to (keep-alive.ts does), or ends and starts instances (the roster does).
// I1: whoever has instances, or invocations that wait for one, is not forgotten.
// I2: there is no timer for a function whose plan does not change any more.

import type { Clock } from '#kernel';
import { sharedKeyOf } from '#registry';
import type { InvocableFunction } from '#registry';
import { Alarm } from './alarm.ts';
import { Habit, KEEP_ALIVE } from './keep-alive.ts';

export class Known {
  readonly key: string;
  readonly habit = new Habit();
  /** As it was resolved last: what an instance that is started ahead would be of. Undefined once its key was retired. */
  invocable: InvocableFunction | undefined;
  /** Fleets that use it: two, while an old version of the code still runs. */
  fleets = 0;
  reviewAtMs = Infinity;

  constructor(key: string) {
    this.key = key;
  }
}

/** Some 600 bytes each; the one that had instances longest ago is forgotten first. */
const KNOWN_MAX = 8192;

/** Reviews that are due within so much of each other are one: a platform that does little sleeps long. */
const REVIEW_GRAIN_MS = 1000;

export class Habits {
  readonly #clock: Clock;
  readonly #review: (known: Known) => void;
  readonly #known = new Map<string, Known>();
  readonly #due = new Set<Known>();
  readonly #alarm: Alarm;

  constructor({ clock, review }: { readonly clock: Clock; readonly review: (known: Known) => void }) {
    this.#clock = clock;
    this.#review = review;
    this.#alarm = new Alarm(clock, () => this.#reviewDue());
  }

  /** For a fleet that begins: give it back with `leave`. */
  enter(invocable: InvocableFunction): Known {
    const key = `${invocable.versionArn} ${invocable.tenantId ?? ''}`;
    const known = this.#known.get(key) ?? new Known(key);
    // Put at the end, so that the first of the map is the one that may go.
    this.#known.delete(key);
    this.#known.set(key, known);
    known.invocable = invocable;
    known.fleets += 1;
    if (this.#known.size > KNOWN_MAX) this.#forgetOldest();
    return known;
  }

  leave(known: Known): void {
    known.fleets -= 1;
  }

  /** Instances of this key are of no use any more; what was learnt of the function stays. */
  retire(instanceKey: string): void {
    for (const known of this.#known.values())
      if (known.invocable !== undefined && sharedKeyOf(known.invocable.instanceKey) === instanceKey) known.invocable = undefined;
  }

  /** An instance went idle: there is nothing to decide for a while. On the path of every request, so it does no more than compare. */
  rested(known: Known, nowMs: number): void {
    if (known.reviewAtMs > nowMs + KEEP_ALIVE.leastMs + REVIEW_GRAIN_MS) this.reviewBy(known, nowMs + KEEP_ALIVE.leastMs);
  }

  reviewBy(known: Known, atMs: number): void {
    const roundMs = Math.ceil(atMs / REVIEW_GRAIN_MS) * REVIEW_GRAIN_MS;
    if (roundMs >= known.reviewAtMs) return;
    known.reviewAtMs = roundMs;
    this.#due.add(known);
    this.#alarm.ringBy(roundMs);
  }

  close(): void {
    this.#alarm.cancel();
    this.#due.clear();
  }

  #reviewDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const known of this.#due) {
      if (known.reviewAtMs > nowMs) {
        this.#alarm.ringBy(known.reviewAtMs);
        continue;
      }
      this.#due.delete(known);
      known.reviewAtMs = Infinity;
      this.#review(known);
    }
  }

  #forgetOldest(): void {
    for (const known of this.#known.values()) {
      if (known.fleets > 0) continue;
      this.#known.delete(known.key);
      this.#due.delete(known);
      return;
    }
  }
}
