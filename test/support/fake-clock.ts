// A clock that tests turn by hand: timers run in order, and what they cause has happened before the next one runs.

import { setImmediate } from 'node:timers/promises';
import type { Clock, Timer } from '#kernel';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  readonly #startMs: number;
  readonly #pending = new Set<Pending>();
  #elapsedMs = 0;
  #jumpedMs = 0;
  #order = 0;

  constructor(startMs = Date.UTC(2026, 10, 20, 12)) {
    this.#startMs = startMs;
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#startMs + this.#jumpedMs + Math.floor(this.#elapsedMs);
  }

  /** Somebody sets the wall clock forward or back: no time passes, and no timer comes nearer. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const pending: Pending = { dueMs: exact(this.#elapsedMs + Math.max(0, delayMs)), order: this.#order++, run };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Resolves after `ms` of this clock, for the scripts of fakes. */
  pause(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Turns the clock, stopping at each timer on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settled();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#pending.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.run();
      await settled();
    }
    this.#elapsedMs = endMs;
  }

  /** Turns the clock as far as it takes for `promise` to settle, and fails when no timer could bring it about. */
  async until<Value>(promise: Value | Promise<Value>, limitMs = 3_600_000): Promise<Value> {
    const state = { done: false };
    const watched = Promise.resolve(promise).finally(() => (state.done = true));
    watched.catch(() => undefined);
    const endMs = this.#elapsedMs + limitMs;
    await settled();
    while (!state.done) {
      const next = this.#next(endMs);
      if (next === undefined) throw new Error(`nothing that is due within ${limitMs} ms settles what is waited for`);
      this.#pending.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.run();
      await settled();
    }
    return watched;
  }

  #next(endMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > endMs) continue;
      if (first === undefined || pending.dueMs < first.dueMs || (pending.dueMs === first.dueMs && pending.order < first.order))
        first = pending;
    }
    return first;
  }
}

/** Whole multiples of a tiny step, so that `due - now` added to `now` is `due` again: else a timer could ring just before its time, for ever. */
function exact(ms: number): number {
  return Math.ceil(ms * 2 ** 20) / 2 ** 20;
}

/**
 * The clock as one process sees it. After `perish` it never hears of the time again, and so nothing that waits for it goes on:
 * `kill -9` for everything that was built on it.
 */
export class MortalClock implements Clock {
  readonly #clock: FakeClock;
  #dead = false;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get dead(): boolean {
    return this.#dead;
  }

  perish(): void {
    this.#dead = true;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, run: () => void): Timer {
    if (this.#dead) return { cancel: () => undefined };
    return this.#clock.after(delayMs, () => {
      if (!this.#dead) run();
    });
  }

  pause(ms: number): Promise<void> {
    return ms <= 0 && !this.#dead ? Promise.resolve() : new Promise((resolve) => void this.after(ms, resolve));
  }
}

/** Everything that promises alone can bring about has happened. */
export async function settled(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
