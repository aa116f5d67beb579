// Fires the due timers of one lane of the store: sleeps until the earliest is due, claims it, asks its owner what it causes, and writes
// that in the step that sets its next time.
//
// Owns: one process timer, and the claims of this process on the lane.
// Never: polls the store, or keeps a timer in memory: a hundred thousand that wait cost one timer of the process.
// I1: a due time has its effect once: what it causes and the timer's next time are one step under the claim's fence.
// I2: a timer whose owner fails is tried again when its lease ends, and holds up no other.
// I3: the wall clock is looked at every LOOK_MS at least while anything waits, so that it may be set forward or back.

import type { Clock, Log, Timer } from '#kernel';
import type { ClaimedTimer, TimerFiring, TimerQueue, Unsubscribe } from '#store';

export interface TimerLaneParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly timers: Pick<TimerQueue, 'claimDue' | 'fire' | 'nextDueAtMs'>;
  /** The store's notice that timers were set. */
  readonly onChanged: (listener: () => void) => Unsubscribe;
  readonly lane: string;
  /** What a timer that is due causes. It may be due long since. */
  readonly decide: (timer: ClaimedTimer) => Promise<Firing>;
}

export type Firing = Omit<TimerFiring, 'timer'>;

/** Long enough for an owner to look something up; how late a timer is whose process died between claiming and firing. */
const LEASE_MS = 10_000;
/** Claimed and fired together: their firings share a sync. */
const BATCH = 100;
/** A process timer counts time that passed, not the wall's: a clock that was set is noticed after so long at the latest. */
const LOOK_MS = 30_000;
/** After a failure of the store. */
const RETRY_MS = 1000;

export class TimerLane {
  readonly #parts: TimerLaneParts;
  #unsubscribe: Unsubscribe | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  /** Something happened while the lane was at work: look again. */
  #wokenMeanwhile = false;
  #closed = false;

  constructor(parts: TimerLaneParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#unsubscribe = this.#parts.onChanged(() => this.#wake());
    this.#wake();
  }

  /** Resolves when nothing of this lane's is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#timer?.cancel();
    await this.#running;
  }

  #wake(): void {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#wokenMeanwhile = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#running = this.#fireAll()
      .catch((cause: unknown) => {
        this.#parts.log.write('error', 'timers.failed', { lane: this.#parts.lane, cause });
        this.#wakeIn(RETRY_MS);
      })
      .finally(() => {
        this.#running = undefined;
        if (!this.#wokenMeanwhile) return;
        this.#wokenMeanwhile = false;
        this.#wake();
      });
  }

  async #fireAll(): Promise<void> {
    const { clock, lane, timers } = this.#parts;
    while (!this.#closed) {
      const dueAtMs = await timers.nextDueAtMs(lane);
      if (dueAtMs === undefined) return;
      if (dueAtMs > clock.now()) {
        this.#sleepUntil(dueAtMs);
        return;
      }
      const claimed = await timers.claimDue({ lane, nowMs: clock.now(), leaseMs: LEASE_MS, limit: BATCH });
      await Promise.all(claimed.map((timer) => this.#fire(timer)));
    }
  }

  async #fire(timer: ClaimedTimer): Promise<void> {
    const { decide, lane, log, timers } = this.#parts;
    try {
      const firing = await decide(timer);
      // Lost: it was set anew or removed meanwhile, or what it belongs to has changed, and it is asked for again.
      if (!(await timers.fire({ ...firing, timer }))) log.write('debug', 'timer.lost', { lane, name: timer.name });
    } catch (cause) {
      // The lease ends by itself (I2).
      log.write('error', 'timer.not-fired', { lane, name: timer.name, dueAtMs: timer.dueAtMs, cause });
    }
  }

  #sleepUntil(dueAtMs: number): void {
    if (this.#closed) return;
    this.#timer = this.#parts.clock.after(Math.min(dueAtMs - this.#parts.clock.now(), LOOK_MS), () => {
      if (this.#parts.clock.now() >= dueAtMs) this.#wake();
      else this.#sleepUntil(dueAtMs);
    });
  }

  #wakeIn(delayMs: number): void {
    if (!this.#closed) this.#timer = this.#parts.clock.after(delayMs, () => this.#wake());
  }
}
