// Waits for the timers that journals of one kind have set: the earliest are held in memory, up to a horizon, and one process timer sleeps until the
// first of them is due.
//
// Owns: one process timer, and what it has read of the store's timers. The timers themselves are rows that the journals' steps set and cancel.
// Never: polls the store, or holds more than its window: a hundred thousand that wait cost one timer of the process, and a start reads one page.
// I1: everything that is due before the horizon is in the window: whoever commits a step tells of the timers that it set and cancelled.
// I2: a journal is told of all its timers that are due together. It asks its own records whether they still are: one that was moved or cancelled
// meanwhile may be told of once more.
// I3: a timer that its journal leaves as it is comes again after RETRY_MS, and holds up no other.
// I4: the wall clock is looked at every LOOK_MS at least while anything waits, so that it may be set forward or back.

import type { Clock, Log, Timer } from '#kernel';
import type { JournalKind, JournalStore, JournalTimer } from '#store';

export interface JournalTimersParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly kind: JournalKind;
  readonly journals: Pick<JournalStore, 'earliestTimers'>;
  /** Resolves when the journal's step is committed that cancels or moves them. */
  readonly fire: (journal: number, ids: readonly string[]) => Promise<void>;
}

/** As a step sets it; cancelled where `dueAtMs` is undefined. */
export interface TimerChange {
  readonly id: string;
  readonly dueAtMs: number | undefined;
}

/** Held in memory after a read. As many again may be set before the horizon is drawn nearer. */
const WINDOW = 1000;
/** Journals that are told at once. */
const FIRING = 100;
/** A process timer counts time that passed, not the wall's: a clock that was set is noticed after so long at the latest. */
const LOOK_MS = 30_000;
/** After a failure of the store, and for a timer that was left. */
const RETRY_MS = 1000;

export class JournalTimers {
  readonly #parts: JournalTimersParts;
  /** By time. What was moved or cancelled since is no longer what `#current` says of it, and is passed over. */
  #window: JournalTimer[] = [];
  readonly #current = new Map<string, number>();
  /** Nothing that is due before it is missing from the window. */
  #horizonMs = -Infinity;
  /** What was changed while the store is being read. */
  #changedMeanwhile: Map<string, JournalTimer | undefined> | undefined;
  /** Told to their journals, who have not changed them yet. */
  #told = new Set<string>();
  readonly #firing = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #reading: Promise<void> | undefined;
  #isOpen = false;

  constructor(parts: JournalTimersParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isOpen = true;
    this.#turn();
  }

  /** What a step of this journal's has changed, once it is committed. */
  note(journal: number, changes: readonly TimerChange[]): void {
    for (const { id, dueAtMs } of changes) {
      const key = keyOf(journal, id);
      const timer = dueAtMs === undefined ? undefined : { journal, id, dueAtMs };
      this.#told.delete(key);
      this.#changedMeanwhile?.set(key, timer);
      this.#hold(key, timer);
    }
    if (this.#window.length > 2 * WINDOW) this.#narrow();
    if (changes.length > 0) this.#turn();
  }

  /** A step may have been written or not, and nobody knows: the store is asked what timers there are. */
  refresh(): void {
    this.#horizonMs = -Infinity;
    this.#turn();
  }

  /** Resolves when nothing is told any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#reading;
    await Promise.all(this.#firing);
  }

  #turn(): void {
    if (!this.#isOpen || this.#reading !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#horizonMs > -Infinity) for (const [journal, ids] of this.#takeDue()) this.#tell(journal, ids);
    const next = this.#horizonMs > -Infinity ? this.#next() : undefined;
    if (next !== undefined) this.#sleepUntil(next.dueAtMs);
    // What is being told still has its rows, at the very beginning: they would be read again.
    else if (this.#horizonMs < Infinity && this.#firing.size === 0) this.#read();
  }

  #takeDue(): ReadonlyMap<number, readonly string[]> {
    const nowMs = this.#parts.clock.now();
    const due = new Map<number, string[]>();
    for (let next = this.#next(); next !== undefined && next.dueAtMs <= nowMs; next = this.#next()) {
      const ids = due.get(next.journal);
      if (ids === undefined && this.#firing.size + due.size >= FIRING) break;
      this.#window.shift();
      const key = keyOf(next.journal, next.id);
      this.#current.delete(key);
      this.#told.add(key);
      if (ids === undefined) due.set(next.journal, [next.id]);
      else ids.push(next.id);
    }
    return due;
  }

  #tell(journal: number, ids: readonly string[]): void {
    const { log, kind, fire } = this.#parts;
    const firing = fire(journal, ids)
      .catch((cause: unknown) => log.write('error', 'journal-timers.not-fired', { kind, journal, ids, cause }))
      .finally(() => {
        this.#firing.delete(firing);
        // I3: what is still set is read again.
        if (ids.some((id) => this.#told.has(keyOf(journal, id)))) this.#horizonMs = -Infinity;
        this.#turn();
      });
    this.#firing.add(firing);
  }

  /** The earliest that still is what it was. */
  #next(): JournalTimer | undefined {
    for (;;) {
      const first = this.#window[0];
      if (first === undefined || this.#current.get(keyOf(first.journal, first.id)) === first.dueAtMs) return first;
      this.#window.shift();
    }
  }

  #read(): void {
    const { journals, kind, log } = this.#parts;
    const changed = new Map<string, JournalTimer | undefined>();
    this.#changedMeanwhile = changed;
    this.#reading = journals
      .earliestTimers(kind, undefined, WINDOW)
      .then(
        (rows) => this.#take(rows, changed),
        (cause: unknown) => {
          log.write('error', 'journal-timers.not-read', { kind, cause });
          return RETRY_MS;
        },
      )
      .then((pauseMs) => {
        this.#reading = undefined;
        this.#changedMeanwhile = undefined;
        if (pauseMs === undefined) this.#turn();
        else if (this.#isOpen) this.#timer = this.#parts.clock.after(pauseMs, () => this.#turn());
      });
  }

  #take(rows: readonly JournalTimer[], changed: ReadonlyMap<string, JournalTimer | undefined>): undefined {
    this.#window = [];
    this.#current.clear();
    const last = rows.at(-1);
    this.#horizonMs = rows.length < WINDOW || last === undefined ? Infinity : last.dueAtMs;
    const retryAtMs = this.#parts.clock.now() + RETRY_MS;
    const left = new Set<string>();
    for (const row of rows) {
      const key = keyOf(row.journal, row.id);
      if (this.#told.has(key)) left.add(key);
      // Also what lies at the horizon itself, of which there may be more in the store.
      this.#hold(key, left.has(key) ? { ...row, dueAtMs: Math.max(row.dueAtMs, retryAtMs) } : row, Infinity);
    }
    this.#told = left;
    for (const [key, timer] of changed) this.#hold(key, timer);
  }

  #hold(key: string, timer: JournalTimer | undefined, horizonMs = this.#horizonMs): void {
    this.#current.delete(key);
    if (timer === undefined || timer.dueAtMs >= horizonMs) return;
    this.#current.set(key, timer.dueAtMs);
    this.#window.splice(this.#placeOf(timer.dueAtMs), 0, timer);
  }

  /** Behind all that are due no later. */
  #placeOf(dueAtMs: number): number {
    let [low, high] = [0, this.#window.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#window[middle]?.dueAtMs ?? Infinity) <= dueAtMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Lets the later ones go: they are read again when their time comes nearer. */
  #narrow(): void {
    const live = this.#window.filter(({ journal, id, dueAtMs }) => this.#current.get(keyOf(journal, id)) === dueAtMs);
    this.#window = live.slice(0, WINDOW);
    for (const { journal, id } of live.slice(WINDOW)) this.#current.delete(keyOf(journal, id));
    const dropped = live[WINDOW];
    if (dropped !== undefined) this.#horizonMs = Math.min(this.#horizonMs, dropped.dueAtMs);
  }

  #sleepUntil(dueAtMs: number): void {
    const delayMs = dueAtMs - this.#parts.clock.now();
    // As many are being told as may be: the next turn comes when one of them is done.
    if (delayMs <= 0) return;
    this.#timer = this.#parts.clock.after(Math.min(delayMs, LOOK_MS), () => this.#turn());
  }
}

const keyOf = (journal: number, id: string) => `${journal}/${id}`;
