// Tells journals of one kind of their timers that are due. They are rows, which the journals' steps set and cancel; in memory are only those that are
// due soon.
//
// Owns: one process timer, and the earliest timers.
// Never: polls, or holds more than LIMITS say: a hundred thousand that wait for a month cost nothing.
// I1: every timer up to `#covered` is in memory, or is being told of; `#nextMs` is not after the earliest of the others.
// I2: a timer that is in the store is told of when it is due, or soon after, with all of its journal's that are due; one that was cancelled may be told
// of once more, and its owner asks its own records whether it still waits for it.
// I3: what its owner fails to take in comes again after RETRY_MS, and holds up no other.
// I4: the wall clock is looked at every LOOK_MS at least while anything waits, so that it may be set forward or back.

import { LIMITS } from '#kernel';
import type { Clock, Log, Timer } from '#kernel';
import type { JournalKind, JournalStore, JournalTimer } from '#store';
import { DueHeap, isBefore, keyOf } from './due-heap.ts';

export interface JournalTimersParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly kind: JournalKind;
  readonly journals: Pick<JournalStore, 'earliestTimers'>;
  /** Resolves when the journal has taken them in, or has passed them over; what it has set anew, by then or later, it notes. */
  readonly fire: (journal: number, ids: readonly string[]) => Promise<void>;
}

/** As a step sets it; cancelled where `dueAtMs` is undefined. */
export interface TimerChange {
  readonly id: string;
  readonly dueAtMs: number | undefined;
}

/** The latest, if it is due later than that and a page are held, stays in the store; it is asked for so long before. */
const AHEAD_MS = 60_000;
const LEAD_MS = 5000;
/** A process timer counts time that passed, not the wall's: a clock that was set is noticed after so long at the latest. */
const LOOK_MS = 30_000;
/** After a failure of the store, and for a timer that was not taken in. */
const RETRY_MS = 1000;
const PAGE = 1000;

export class JournalTimers {
  readonly #parts: JournalTimersParts;
  readonly #held = new DueHeap();
  #covered: JournalTimer | undefined;
  /** Undefined where there are no others. */
  #nextMs: number | undefined = -Infinity;
  /** Set while a page is being loaded: what was changed meanwhile, which the page may have as it was before. */
  #meanwhile: Map<string, JournalTimer | undefined> | undefined;
  /** What is in the store was forgotten while a page was being loaded. */
  #isStale = false;
  #loading: Promise<void> | undefined;
  /** Told of, and not changed since. */
  readonly #telling = new Set<string>();
  /** Not taken in, and when they come again. */
  readonly #failed = new Map<string, number>();
  readonly #firing = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #isOpen = false;

  constructor(parts: JournalTimersParts) {
    this.#parts = parts;
  }

  /** Timers in memory. */
  get held(): number {
    return this.#held.size;
  }

  start(): void {
    this.#isOpen = true;
    this.#look();
  }

  /** What a step of this journal's has changed, once it is committed. */
  note(journal: number, changes: readonly TimerChange[]): void {
    let isSooner = false;
    for (const { id, dueAtMs } of changes) {
      const timer = dueAtMs === undefined ? undefined : { journal, id, dueAtMs };
      this.#telling.delete(keyOf(journal, id));
      this.#failed.delete(keyOf(journal, id));
      this.#held.remove(journal, id);
      this.#meanwhile?.set(keyOf(journal, id), timer);
      if (timer !== undefined) isSooner = this.#set(timer) || isSooner;
    }
    if (this.#held.size > LIMITS.timersInMemory) this.#narrow();
    // Where nothing is held any more, nothing is waited for.
    if (isSooner || this.#held.size === 0) this.#look();
  }

  /** A step may have been written or not, and nobody knows: the store is asked what timers there are. */
  refresh(): void {
    if (this.#meanwhile !== undefined) this.#isStale = true;
    else {
      this.#forget();
      this.#look();
    }
  }

  /** Resolves when nothing is told any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#loading;
    await Promise.all(this.#firing);
  }

  /** Whether there is to be looked for it earlier than was thought. */
  #set(timer: JournalTimer): boolean {
    if (this.#covered !== undefined && !isBefore(this.#covered, timer)) return this.#held.add(timer);
    const isNext = this.#nextMs === undefined || timer.dueAtMs < this.#nextMs;
    if (!isNext || this.#meanwhile !== undefined) return false;
    const isLate = timer.dueAtMs > this.#parts.clock.now() + AHEAD_MS;
    if (this.#held.size >= (isLate ? PAGE : LIMITS.timersInMemory)) {
      this.#nextMs = timer.dueAtMs;
      return true;
    }
    this.#covered = timer;
    return this.#held.add(timer);
  }

  #look(): void {
    if (!this.#isOpen) return;
    this.#timer?.cancel();
    const nowMs = this.#parts.clock.now();
    for (const [journal, ids] of this.#takeDue(nowMs)) this.#tell(journal, ids);
    if (this.#needsMore(nowMs)) this.#loading = this.#load();
    else this.#sleep(nowMs);
  }

  #takeDue(nowMs: number): ReadonlyMap<number, string[]> {
    const due = new Map<number, string[]>();
    while (this.#firing.size + due.size < LIMITS.timersFiring) {
      const timer = this.#held.takeDue(nowMs);
      if (timer === undefined) break;
      const ids = due.get(timer.journal);
      if (ids === undefined) due.set(timer.journal, [timer.id]);
      else ids.push(timer.id);
      this.#telling.add(keyOf(timer.journal, timer.id));
      this.#failed.delete(keyOf(timer.journal, timer.id));
    }
    return due;
  }

  #tell(journal: number, ids: readonly string[]): void {
    const { clock, log, kind, fire } = this.#parts;
    const firing = fire(journal, ids)
      .catch((cause: unknown) => {
        log.write('error', 'journal-timers.not-fired', { kind, journal, ids, cause });
        const dueAtMs = clock.now() + RETRY_MS;
        for (const id of ids) if (this.#telling.has(keyOf(journal, id))) this.#comeAgain({ journal, id, dueAtMs });
      })
      .finally(() => {
        for (const id of ids) this.#telling.delete(keyOf(journal, id));
        this.#firing.delete(firing);
        this.#look();
      });
    this.#firing.add(firing);
  }

  /** I3 */
  #comeAgain(timer: JournalTimer): void {
    this.#failed.set(keyOf(timer.journal, timer.id), timer.dueAtMs);
    this.#held.add(timer);
  }

  #needsMore(nowMs: number): boolean {
    if (this.#nextMs === undefined || this.#meanwhile !== undefined) return false;
    return this.#nextMs <= nowMs + LEAD_MS && this.#held.size + PAGE <= LIMITS.timersInMemory;
  }

  async #load(): Promise<void> {
    const { journals, kind, log } = this.#parts;
    const changed = new Map<string, JournalTimer | undefined>();
    this.#meanwhile = changed;
    let pauseMs: number | undefined;
    try {
      this.#take(await journals.earliestTimers(kind, this.#covered, PAGE));
    } catch (cause) {
      log.write('error', 'journal-timers.not-read', { kind, cause });
      pauseMs = RETRY_MS;
    }
    this.#meanwhile = undefined;
    for (const timer of changed.values()) if (timer !== undefined) this.#set(timer);
    if (this.#isStale) this.#forget();
    if (pauseMs === undefined) this.#look();
    else this.#lookIn(pauseMs);
  }

  #take(found: readonly JournalTimer[]): void {
    for (const timer of found) {
      const key = keyOf(timer.journal, timer.id);
      if (this.#telling.has(key) || this.#meanwhile?.has(key) === true) continue;
      this.#held.add({ ...timer, dueAtMs: Math.max(timer.dueAtMs, this.#failed.get(key) ?? -Infinity) });
    }
    this.#covered = found.at(-1) ?? this.#covered;
    this.#nextMs = found.length < PAGE ? undefined : this.#covered?.dueAtMs;
  }

  /** Lets the later half go: it is read again when its time comes nearer. */
  #narrow(): void {
    const { last, dropped } = this.#held.keep(LIMITS.timersInMemory / 2);
    this.#covered = last;
    this.#nextMs = Math.min(dropped.dueAtMs, this.#nextMs ?? Infinity);
    // What comes again is not held at its own time, and may be among those that went.
    if (this.#failed.size > 0) this.#forget();
  }

  #forget(): void {
    const nowMs = this.#parts.clock.now();
    this.#isStale = false;
    this.#held.clear();
    for (const [key, dueAtMs] of this.#failed) if (dueAtMs <= nowMs) this.#failed.delete(key);
    this.#covered = undefined;
    this.#nextMs = -Infinity;
  }

  #sleep(nowMs: number): void {
    const isFull = this.#meanwhile !== undefined || this.#held.size + PAGE > LIMITS.timersInMemory;
    const moreMs = this.#nextMs === undefined || isFull ? Infinity : this.#nextMs - LEAD_MS;
    const firstMs = this.#firing.size < LIMITS.timersFiring ? (this.#held.earliestMs ?? Infinity) : Infinity;
    const nextMs = Math.min(firstMs, moreMs);
    if (nextMs < Infinity) this.#lookIn(Math.max(1, nextMs - nowMs));
  }

  #lookIn(delayMs: number): void {
    if (!this.#isOpen) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.min(delayMs, LOOK_MS), () => this.#look());
  }
}
