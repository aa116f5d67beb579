// Subscriptions of log groups: who is told of a group's events, and how far they have been told. The position moves in the step that
// accepts what follows from the events before it, so that a crash repeats nothing and leaves nothing out.

import type { NewDelivery } from './deliveries.ts';
import type { Json, Scope } from './store.ts';

export interface LogSubscriptionKey {
  readonly scope: Scope;
  readonly group: string;
  readonly name: string;
}

export interface LogSubscription extends LogSubscriptionKey {
  readonly createdAtMs: number;
  readonly attributes: Json;
  /** The sequence of the last chunk that was told. */
  readonly position: number;
}

export interface LogSubscriptionChange extends Omit<LogSubscription, 'position'> {
  /** How many a group may have. */
  readonly groupLimit: number;
}

export interface LogSubscriptionQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly prefix?: string;
  /** Only names greater than this. */
  readonly after?: string;
  readonly limit: number;
}

export interface LogSubscriptions {
  /** A new one begins behind the newest chunk; one that is there keeps its place and the time of its creation. */
  putSubscription(change: LogSubscriptionChange): Promise<'added' | 'changed' | 'full'>;
  /** By name. */
  subscriptions(query: LogSubscriptionQuery): Promise<readonly LogSubscription[]>;
  /** Of all groups, in pages: for a start. */
  allSubscriptions(query: { readonly after?: LogSubscriptionKey; readonly limit: number }): Promise<readonly LogSubscription[]>;
  /** False when there is none. */
  removeSubscription(key: LogSubscriptionKey): Promise<boolean>;
  /** Moves it on and accepts what follows. False, and nothing follows, when it is gone or somebody else has moved it. */
  advanceSubscription(
    key: LogSubscriptionKey,
    step: { readonly from: number; readonly to: number },
    deliveries: readonly NewDelivery[],
  ): Promise<boolean>;
}
