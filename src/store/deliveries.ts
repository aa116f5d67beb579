// Deliveries: events that were acknowledged and now must arrive, or reach their end of life. Each is claimed for a time
// (a lease) under a fencing number that only grows, so that a claimant who lost its lease can no longer settle it.

import type { Json, Scope } from './store.ts';

export interface NewDelivery {
  /** Unique for ever; accepting the same id again changes nothing. For an asynchronous invocation, its request id. */
  readonly id: string;
  readonly scope: Scope;
  /** Who takes it: `invoke` for asynchronous invocations. */
  readonly lane: string;
  /** The target's ARN, with its qualifier. */
  readonly target: string;
  readonly payload: Uint8Array;
  readonly attributes: Json;
  readonly acceptedAtMs: number;
  readonly dueAtMs: number;
}

export interface ClaimedDelivery extends NewDelivery {
  /** 1 for the first claim. */
  readonly attempt: number;
  readonly fence: number;
  readonly leaseUntilMs: number;
}

/** What a claimant names a delivery by. */
export type DeliveryClaim = Pick<ClaimedDelivery, 'id' | 'fence'>;

export interface ClaimRequest {
  readonly lane: string;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly limit: number;
  /** Targets whose deliveries stay where they are for now (a throttled function). */
  readonly exceptTargets?: readonly string[];
  /** At most so many of one target, so that one with a hundred thousand leaves room for the others. */
  readonly targetLimit?: number | undefined;
}

export interface DeliveryQueue {
  accept(deliveries: readonly NewDelivery[]): Promise<void>;
  /**
   * Accepts them and claims them for the caller in the same step, which saves the second sync where whoever accepts has room. The fence of each, or
   * undefined for one that was there already and stays whose it is.
   */
  acceptClaimed(deliveries: readonly NewDelivery[], leaseUntilMs: number): Promise<readonly (number | undefined)[]>;
  /**
   * Oldest first, by when they became claimable (due, or the end of a lost lease); what is leased elsewhere is left out. At most
   * `limit`, and fewer when their payloads are large: `nextDueAtMs` tells whether more are due.
   */
  claimDue(request: ClaimRequest): Promise<readonly ClaimedDelivery[]>;
  /** False when the lease was lost: the claimant must stop. */
  extend(id: string, fence: number, leaseUntilMs: number): Promise<boolean>;
  /**
   * Removes it for good, and accepts what follows from it (the invocation that it leads to, its dead letter) in the same step. False when the
   * lease was lost: nothing follows then.
   */
  settle(id: string, fence: number, followUps?: readonly NewDelivery[]): Promise<boolean>;
  /** Gives it back, due again later. With `countAttempt: false` the claim does not count (a throttle, a shutdown). */
  reschedule(id: string, fence: number, dueAtMs: number, options: { readonly countAttempt: boolean }): Promise<boolean>;
  /**
   * When the earliest delivery of a lane becomes claimable, or undefined when there is none. With `afterMs` the earliest after that: what is due
   * already belongs to targets that are left out.
   */
  nextDueAtMs(lane: string, afterMs?: number): Promise<number | undefined>;
  /** How many wait or run, counted up to `most`. */
  count(lane: string, most: number): Promise<number>;
  /** How many wait or run, by target; for `doctor` and tests, since it looks at each of them. */
  backlog(lane: string): Promise<ReadonlyMap<string, number>>;
}
