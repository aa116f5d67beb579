// What a feed of subscriptions wants to hear: that chunks have come in, and that a group's subscriptions are others now.

import type { Scope } from '#kernel';
import type { LogChunk } from '#store';

export interface SubscriptionListener {
  arrived(chunks: readonly LogChunk[]): void;
  changed(scope: Scope, group: string): void;
}

export class SubscriptionNews {
  readonly #listeners = new Set<SubscriptionListener>();

  listen(listener: SubscriptionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tellArrived(chunks: readonly LogChunk[]): void {
    for (const listener of this.#listeners) listener.arrived(chunks);
  }

  tellChanged(scope: Scope, group: string): void {
    for (const listener of this.#listeners) listener.changed(scope, group);
  }
}
