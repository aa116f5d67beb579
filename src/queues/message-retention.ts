// Messages past their retention, in queues that nobody receives from: a receive drops what it meets, and now and then one walk over all
// messages, oldest first, finds the rest. No timer for any queue; while nothing can have expired, there is no walk.

import type { Clock, Log, Timer } from '#kernel';
import type { ExpiryStep, MessageStore } from '#store';

/** Walks are no closer than this. */
const WALK_MS = 15 * 60_000;
/** One step of a walk, between which the store serves others. */
const STEP = 1000;

export interface RetentionDependencies {
  readonly store: Pick<MessageStore, 'expireSome'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class MessageRetention {
  readonly #store: Pick<MessageStore, 'expireSome'>;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Nothing expires before. Of what an earlier process left, nobody knows. */
  #earliestMs = -Infinity;
  #timer: Timer | undefined;
  #walk: Promise<void> | undefined;
  #isClosed = false;

  constructor({ store, clock, log }: RetentionDependencies) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    const walkMs = Math.max(WALK_MS, this.#earliestMs - this.#clock.now());
    this.#timer?.cancel();
    this.#timer = this.#clock.after(walkMs, () => {
      this.#walk = this.#run();
    });
  }

  /** Something expires then. Called for every message that is sent. */
  expiresAt(atMs: number): void {
    if (atMs >= this.#earliestMs) return;
    this.#earliestMs = atMs;
    if (this.#timer !== undefined && this.#walk === undefined) this.start();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#walk;
  }

  async #run(): Promise<void> {
    this.#earliestMs = Infinity;
    try {
      for (let after: number | undefined = 0; after !== undefined && !this.#isClosed;) {
        const step: ExpiryStep = await this.#store.expireSome(after, this.#clock.now(), STEP);
        this.#earliestMs = Math.min(this.#earliestMs, step.earliestMs ?? Infinity);
        after = step.after;
      }
    } catch (error) {
      // The disk refuses, or the store is closed. Nobody receives what has expired; the next walk removes it.
      this.#earliestMs = -Infinity;
      this.#log.write('warn', 'queues.retention-failed', { error });
    }
    this.#walk = undefined;
    if (!this.#isClosed) this.start();
  }
}
