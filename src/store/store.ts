// The Store port: what Mayfly remembers, as verbs of the domain. Each call is one atomic step; a promise that
// resolves means "synced to the disk" unless the verb says otherwise. No SQL and no table leaks through here.
//
// A read sees every step that had been acknowledged when it was asked for; it does not wait for steps that are still under way.
// A disk that is full or broken rejects with a StoreFailure.

import type { Scope } from '#kernel';
import type { EventArchives } from './archives.ts';
import type { DeliveryQueue } from './deliveries.ts';
import type { JournalStore } from './journals.ts';
import type { LogIndex } from './log-index.ts';
import type { MessageStore } from './messages.ts';
import type { ObjectIndex } from './object-index.ts';
import type { PublicationStore } from './publications.ts';
import type { ResourceStore } from './resources.ts';
import type { TimerQueue } from './timers.ts';
import type { UsageTotals } from './usage.ts';

export interface Store {
  readonly resources: ResourceStore;
  readonly objects: ObjectIndex;
  readonly deliveries: DeliveryQueue;
  readonly timers: TimerQueue;
  readonly messages: MessageStore;
  readonly archives: EventArchives;
  readonly publications: PublicationStore;
  readonly journals: JournalStore;
  readonly usage: UsageTotals;
  readonly logs: LogIndex;
  /**
   * Calls `listener` some time after something under `topic` changed, on this node or another. A notice may be late, doubled
   * or (when a connection was lost) missing: it saves time, and nothing may depend on it for correctness.
   * For `deliveries`: when there is something new to claim (accepted, given back), not when something was claimed or settled;
   * `deliveries/<lane>` tells of that lane alone.
   * For `timers`: when some were set, not when they were claimed or fired.
   */
  changed(topic: Topic, listener: () => void): Unsubscribe;
  /** Waits for what was accepted, then closes. Later calls reject. */
  close(): Promise<void>;
}

export type Topic = 'resources' | 'deliveries' | `deliveries/${string}` | 'timers' | 'objects' | 'logs' | 'usage';
export type Unsubscribe = () => void;

/** What JSON can hold; the bodies of resources and attributes. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

export type { Scope };
