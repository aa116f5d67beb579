// Pollers by name, and the way of each from one state to the next.
//
// Owns: the pollers. I1: what happens to one name happens one after the other, in the order in which it was asked for. I2: a change is
// settled when the old poller reads nothing any more; what that one has begun ends by itself.

import type { Clock, Log } from '#kernel';
import type { Poller } from './poller.ts';
import type { SourceRecord } from './source.ts';

/** What is to become of a name. */
export interface Course {
  /** Undefined: nothing reads its source. */
  readonly open: (() => Poller<SourceRecord>) | undefined;
  /** Called when it has become so. Undefined: nothing that concerns a poller has changed, so one that is there goes on. */
  readonly settle: (() => Promise<void>) | undefined;
  /** It is on its way out. */
  readonly isLast: boolean;
}

interface Run {
  /** Also after it was stopped: it knows how its last batch went. */
  poller: Poller<SourceRecord> | undefined;
  isOpen: boolean;
  /** Why it could not be opened. */
  problem: string | undefined;
  /** The end of what was asked for last. */
  done: Promise<void>;
}

/** A disk that was full may have room by then. */
const SETTLE_AGAIN_MS = 1000;

export class Fleet {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #runs = new Map<string, Run>();
  /** Pollers that were replaced, and have batches that run. */
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  has(name: string): boolean {
    return this.#runs.has(name);
  }

  /** How its last batch went: `OK`, or `PROBLEM: …`. */
  resultOf(name: string): string | undefined {
    const run = this.#runs.get(name);
    return run?.problem ?? run?.poller?.lastResult;
  }

  hurry(name: string): void {
    this.#runs.get(name)?.poller?.hurry();
  }

  ask(name: string, course: Course): void {
    const run = this.#runs.get(name) ?? { poller: undefined, isOpen: false, problem: undefined, done: Promise.resolve() };
    this.#runs.set(name, run);
    run.done = run.done
      .then(() => this.#follow(name, course, run))
      .catch((cause: unknown) => this.#log.write('error', 'poller.not-changed', { name, cause }));
  }

  /** Reads nothing more from this call on. Resolves when what was begun has ended, and the rest is given back. */
  async close(): Promise<void> {
    this.#closed = true;
    const runs = [...this.#runs.values()];
    await Promise.all(runs.map(async ({ poller }) => poller?.stop()));
    await Promise.all(runs.map(({ done }) => done));
    await Promise.all(runs.map(async ({ poller }) => poller?.settled()));
    await Promise.all(this.#ending);
  }

  async #follow(name: string, { open, isLast, settle }: Course, run: Run): Promise<void> {
    const isOpen = open !== undefined;
    if (this.#closed || (settle === undefined && isOpen === run.isOpen)) return;
    if (run.poller !== undefined && run.isOpen) await this.#end(run.poller);
    run.isOpen = false;
    run.problem = undefined;
    if (open !== undefined && !this.#closed) this.#open(name, open, run);
    if (isLast) this.#runs.delete(name);
    if (settle !== undefined) await this.#settle(name, settle);
  }

  /** A filter that was stored may be one that is refused by now: that is told, and can be changed or deleted like any other. */
  #open(name: string, open: NonNullable<Course['open']>, run: Run): void {
    try {
      run.poller = open();
      run.poller.start();
      run.isOpen = true;
    } catch (cause) {
      run.problem = `PROBLEM: It could not be started: ${cause instanceof Error ? cause.message : String(cause)}`;
      this.#log.write('error', 'poller.not-opened', { name, cause });
    }
  }

  /** Nobody else would bring it out of its transition. */
  async #settle(name: string, settle: () => Promise<void>): Promise<void> {
    while (!this.#closed) {
      try {
        await settle();
        return;
      } catch (cause) {
        this.#log.write('warn', 'poller.not-settled', { name, cause });
        await new Promise<void>((resolve) => void this.#clock.after(SETTLE_AGAIN_MS, resolve));
      }
    }
  }

  async #end(poller: Poller<SourceRecord>): Promise<void> {
    await poller.stop();
    const ended: Promise<void> = poller.settled().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
