// Workers that wait for a task of an activity: in line by activity, woken one at a time by a notice, let go after a minute. Nothing is polled.
//
// Owns: the lines. Invariants: I1 whoever was woken looks, or wakes the next. I2 of one activity, no more wait than a bound.

import { ApiError, LIMITS, type Clock } from '#kernel';

export type WaitOutcome = 'woken' | 'timed-out' | 'gone';

type Waiter = { readonly settle: (outcome: WaitOutcome) => void };

export type Line = {
  /** Those that look or wait. */
  members: number;
  /** Grows with each notice: who looked in vain while it grew looks again. */
  notices: number;
  readonly waiting: Set<Waiter>;
};

export class ActivityWaiters {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws ActivityWorkerLimitExceeded. Leave it when you are done. */
  join(activityArn: string): Line {
    const line = this.#lines.get(activityArn) ?? { members: 0, notices: 0, waiting: new Set() };
    if (line.members >= LIMITS.activityPollers)
      throw new ApiError(
        'ActivityWorkerLimitExceeded',
        `At most ${LIMITS.activityPollers} workers can wait for tasks of one activity at once: ${activityArn}`,
      );
    line.members += 1;
    this.#lines.set(activityArn, line);
    return line;
  }

  leave(activityArn: string, line: Line): void {
    line.members -= 1;
    if (line.members === 0) this.#lines.delete(activityArn);
  }

  wait(line: Line, waitMs: number, signal: AbortSignal): Promise<WaitOutcome> {
    if (this.#isClosed || signal.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const waiter: Waiter = {
        settle: (outcome) => {
          timer.cancel();
          signal.removeEventListener('abort', onAbort);
          line.waiting.delete(waiter);
          resolve(outcome);
        },
      };
      const onAbort = (): void => waiter.settle('gone');
      const timer = this.#clock.after(waitMs, () => waiter.settle('timed-out'));
      signal.addEventListener('abort', onAbort);
      line.waiting.add(waiter);
    });
  }

  /** A task may be there: the first in line looks. */
  wake(activityArn: string): void {
    const line = this.#lines.get(activityArn);
    if (line === undefined) return;
    line.notices += 1;
    const [first] = line.waiting;
    first?.settle('woken');
  }

  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#lines.values()) for (const waiter of waiting) waiter.settle('gone');
  }
}
