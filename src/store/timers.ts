// Timers: what must happen at a time of the wall clock. Each is claimed when it is due, under a fencing number that only grows, and
// fired in one step that sets its next time and accepts the deliveries that it causes: so each due time has its effect once, wherever
// a process dies.

import type { NewDelivery } from './deliveries.ts';
import type { CommitOutcome, ResourceChange } from './resources.ts';
import type { Json } from './store.ts';

export interface TimerKey {
  /** Who fires it: `schedules`, `rules` … */
  readonly lane: string;
  /** Unique in its lane; begins with the account and the region. */
  readonly name: string;
}

export interface NewTimer extends TimerKey {
  readonly dueAtMs: number;
  /** What its owner wants to know when it is due. */
  readonly attributes: Json;
}

export interface ClaimedTimer extends NewTimer {
  readonly fence: number;
  readonly leaseUntilMs: number;
}

export interface TimerClaim {
  readonly lane: string;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly limit: number;
}

export type TimerChange =
  /** A new timer, or another time for one that is there; whoever has claimed it loses it. */
  { readonly put: NewTimer } | { readonly remove: TimerKey };

export interface TimerFiring {
  readonly timer: TimerKey & { readonly fence: number };
  /** When it is due again, or that it never is. */
  readonly next: { readonly dueAtMs: number; readonly attributes: Json } | 'done';
  readonly deliveries: readonly NewDelivery[];
  /** What else changes in the same step (a schedule that goes after its last time). */
  readonly resources?: readonly ResourceChange[];
}

export interface TimerQueue {
  /** Timers together with the resources that they belong to, in one step. A conflict of the resources changes nothing. */
  set(timers: readonly TimerChange[], resources: readonly ResourceChange[]): Promise<CommitOutcome>;
  /** Earliest first; what is leased elsewhere is left out. A claim need not survive a power cut, and is not synced by itself. */
  claimDue(request: TimerClaim): Promise<readonly ClaimedTimer[]>;
  /**
   * All or nothing. False when the timer was lost (set anew, removed, or claimed again after its lease), or when one of the resources
   * is not as expected.
   */
  fire(firing: TimerFiring): Promise<boolean>;
  /** When the earliest timer of a lane becomes claimable, or undefined when there is none. */
  nextDueAtMs(lane: string): Promise<number | undefined>;
}
