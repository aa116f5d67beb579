// Notices of changes within this process: at most one a turn and topic, after the commit.

import type { Topic, Unsubscribe } from '../store.ts';

export class Notices {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #due = new Set<Topic>();

  listen(topic: Topic, listener: () => void): Unsubscribe {
    // Wrapped, so that the same function may listen twice and each ends alone.
    const own = (): void => listener();
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  tell(topics: readonly Topic[]): void {
    if (this.#due.size === 0) setImmediate(() => this.#deliver());
    for (const topic of topics) this.#due.add(topic);
  }

  #deliver(): void {
    const topics = [...this.#due];
    this.#due.clear();
    for (const topic of topics) {
      for (const listener of this.#listeners.get(topic) ?? []) listener();
    }
  }
}
