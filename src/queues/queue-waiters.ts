// Who waits for messages of which queue, and what wakes them: a notice of this process, or the time at which a hidden message is due.
// Nothing is polled, and a queue without waiters costs nothing here.
//
// Owns: a line and at most one timer for each queue that somebody waits for.
// Invariants:
//   I1  Whoever joined before it looked in vain hears of everything that came after it joined: `arrivals` tells what it missed while looking.
//   I2  A waiter that is woken either looks, or wakes the next.

import type { Clock, Timer } from '#kernel';

/** `woken`: look again. */
export type WaitOutcome = 'woken' | 'timedOut' | 'aborted';

export class QueueWaiters {
  readonly #clock: Clock;
  readonly #lines = new Map<number, Line>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Leave it when you are done. */
  join(queue: number): Line {
    const line = this.#lines.get(queue) ?? new Line(this.#clock, () => void this.#lines.delete(queue));
    this.#lines.set(queue, line);
    line.members += 1;
    if (this.#isClosed) line.close();
    return line;
  }

  /** So many messages may be there to receive. */
  arrived(queue: number, count = 1): void {
    this.#lines.get(queue)?.arrived(count);
  }

  /** One may be there to receive at that time. */
  dueAt(queue: number, atMs: number): void {
    this.#lines.get(queue)?.dueAt(atMs);
  }

  close(): void {
    this.#isClosed = true;
    for (const line of this.#lines.values()) line.close();
  }
}

interface Waiter {
  readonly settle: (outcome: WaitOutcome) => void;
}

export class Line {
  members = 0;
  /** Grows with every notice. */
  arrivals = 0;
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #waiting = new Set<Waiter>();
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #isClosed = false;

  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  leave(): void {
    this.members -= 1;
    if (this.members > 0) return;
    this.#timer?.timer.cancel();
    this.#onEmpty();
  }

  /** At the end of the line, for `waitMs` at most. */
  wait(waitMs: number, signal: AbortSignal | undefined): Promise<WaitOutcome> {
    if (this.#isClosed || signal?.aborted === true) return Promise.resolve('aborted');
    return new Promise((resolve) => {
      const waiter: Waiter = {
        settle: (outcome) => {
          timer.cancel();
          signal?.removeEventListener('abort', onAbort);
          this.#waiting.delete(waiter);
          resolve(outcome);
        },
      };
      const onAbort = (): void => waiter.settle('aborted');
      const timer = this.#clock.after(waitMs, () => waiter.settle('timedOut'));
      signal?.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
    });
  }

  arrived(count: number): void {
    this.arrivals += 1;
    let left = count;
    for (const waiter of this.#waiting) {
      if (left <= 0) return;
      left -= 1;
      waiter.settle('woken');
    }
  }

  dueAt(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => {
      this.#timer = undefined;
      // A clock may ring a little early; then it is set again by whoever looks in vain.
      this.arrived(1);
    });
    this.#timer = { atMs, timer };
  }

  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiting) waiter.settle('aborted');
  }
}
