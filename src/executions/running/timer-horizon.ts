// Tells of timers of executions that are due. They are rows of the journals; in memory are only those that are due soon.
//
// Owns: one process timer, and the earliest timers.
// Never: polls, or holds more than LIMITS say: a hundred thousand that wait for a month cost nothing.
// I1: every timer up to `#covered` is in memory, or is being told of; `#nextMs` is not after the earliest of the others.
// I2: a timer that is in the store is told of when it is due, or soon after; it may be told of again until a step has cancelled it.
// I3: the wall clock is looked at every LOOK_MS at least while anything waits, so that it may be set forward or back.

import type { Clock, Log, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import type { JournalStore, JournalTimer } from '#store';
import { DueHeap, isBefore } from './due-heap.ts';

export interface TimerHorizonParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: Pick<JournalStore, 'earliestTimers'>;
  /** Resolves when the execution has taken it in, or has passed it over. */
  readonly fire: (journal: number, timerId: string) => Promise<void>;
}

/** What is due within this time is held; it is asked for so long before. */
const AHEAD_MS = 60_000;
const LEAD_MS = 5000;
/** A process timer counts time that passed, not the wall's: a clock that was set is noticed after so long at the latest. */
const LOOK_MS = 30_000;
/** After a failure of the store. */
const RETRY_MS = 1000;
const PAGE = 1000;

export class TimerHorizon {
  readonly #parts: TimerHorizonParts;
  readonly #held = new DueHeap();
  #covered: JournalTimer | undefined;
  /** Undefined where there are no others. */
  #nextMs: number | undefined = -Infinity;
  /** Set while a page is being loaded: what was set meanwhile. */
  #meanwhile: JournalTimer[] | undefined;
  #timer: Timer | undefined;
  #firing = 0;
  #closed = false;

  constructor(parts: TimerHorizonParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Of a step that is on the disk. */
  changed(journal: number, timers: ReadonlyMap<string, number | undefined>): void {
    let isSooner = false;
    for (const [id, dueAtMs] of timers) {
      this.#held.remove(journal, id);
      if (dueAtMs !== undefined) isSooner = this.#set({ journal, id, dueAtMs }) || isSooner;
    }
    if (isSooner) this.#look();
  }

  /** Whether there is to be looked for it earlier than was thought. */
  #set(timer: JournalTimer): boolean {
    if (this.#covered !== undefined && !isBefore(this.#covered, timer)) return this.#held.add(timer);
    if (this.#meanwhile !== undefined) {
      this.#meanwhile.push(timer);
      return false;
    }
    const isNext = this.#nextMs === undefined || timer.dueAtMs < this.#nextMs;
    if (!isNext) return false;
    if (timer.dueAtMs > this.#parts.clock.now() + AHEAD_MS || this.#held.size >= LIMITS.timersInMemory) {
      this.#nextMs = timer.dueAtMs;
      return true;
    }
    this.#covered = timer;
    return this.#held.add(timer);
  }

  #look(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    const nowMs = this.#parts.clock.now();
    while (this.#firing < LIMITS.timersFiring) {
      const due = this.#held.takeDue(nowMs);
      if (due === undefined) break;
      this.#fire(due);
    }
    if (this.#needsMore(nowMs)) void this.#load(nowMs);
    else this.#sleep(nowMs);
  }

  #fire({ journal, id }: JournalTimer): void {
    this.#firing++;
    this.#parts
      .fire(journal, id)
      .catch((cause: unknown) => this.#parts.log.write('error', 'executions.timer-failed', { journal, timer: id, cause }))
      .finally(() => {
        this.#firing--;
        const nowMs = this.#parts.clock.now();
        if ((this.#held.earliestMs ?? Infinity) <= nowMs || this.#needsMore(nowMs)) this.#look();
      });
  }

  #needsMore(nowMs: number): boolean {
    if (this.#nextMs === undefined || this.#meanwhile !== undefined) return false;
    return this.#nextMs <= nowMs + LEAD_MS && this.#held.size + PAGE <= LIMITS.timersInMemory;
  }

  async #load(nowMs: number): Promise<void> {
    this.#meanwhile = [];
    try {
      const found = await this.#parts.journals.earliestTimers('execution', this.#covered, PAGE);
      const later = found.findIndex(({ dueAtMs }) => dueAtMs > nowMs + AHEAD_MS);
      const near = later === -1 ? found : found.slice(0, later);
      for (const timer of near) this.#held.add(timer);
      this.#covered = near.at(-1) ?? this.#covered;
      this.#nextMs = found[later]?.dueAtMs ?? (found.length < PAGE ? undefined : near.at(-1)?.dueAtMs);
      this.#settleMeanwhile();
      this.#look();
    } catch (cause) {
      this.#settleMeanwhile();
      this.#parts.log.write('error', 'executions.timers-not-loaded', { cause });
      this.#lookIn(RETRY_MS);
    }
  }

  #settleMeanwhile(): void {
    const meanwhile = this.#meanwhile ?? [];
    this.#meanwhile = undefined;
    for (const timer of meanwhile) this.#set(timer);
  }

  #sleep(nowMs: number): void {
    const isFull = this.#meanwhile !== undefined || this.#held.size + PAGE > LIMITS.timersInMemory;
    const moreMs = this.#nextMs === undefined || isFull ? Infinity : this.#nextMs - LEAD_MS;
    const firstMs = this.#firing < LIMITS.timersFiring ? (this.#held.earliestMs ?? Infinity) : Infinity;
    const nextMs = Math.min(firstMs, moreMs);
    if (nextMs < Infinity) this.#lookIn(Math.max(1, nextMs - nowMs));
  }

  #lookIn(delayMs: number): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.min(delayMs, LOOK_MS), () => this.#look());
  }
}
