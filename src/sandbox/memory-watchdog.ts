// Looks after the memory of the functions that are running now. One timer for all of them, none when nothing runs.
//
// The kernel's own limit has to leave room for a full /tmp, since tmpfs pages are charged like memory; so between that limit and the
// function's size it is this watch that ends a function (at the latest one period after it has grown too large).

import type { Clock } from '#kernel';

const PERIOD_MS = 50;

export interface Watched {
  readonly isOver: () => boolean;
  readonly onOver: () => void;
}

export class MemoryWatchdog {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #looking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(watched: Watched): void {
    this.#watched.add(watched);
    if (!this.#looking) this.#lookLater();
  }

  unwatch(watched: Watched): void {
    this.#watched.delete(watched);
  }

  #lookLater(): void {
    this.#looking = true;
    this.#clock.after(PERIOD_MS, () => this.#look());
  }

  #look(): void {
    this.#looking = false;
    for (const watched of this.#watched) {
      if (!watched.isOver()) continue;
      this.#watched.delete(watched);
      watched.onOver();
    }
    // A period without a running function ends the timer; short invocations mostly find it running and never start one.
    if (this.#watched.size > 0) this.#lookLater();
  }
}
