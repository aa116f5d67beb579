// An invocation that was admitted and waits for its instance.

import type { Ticket } from './concurrency.ts';
import type { Instance, InstanceTenancy, Start } from './instance.ts';
import type { ThrottleReason } from './scale.ts';
import type { Why } from './why.ts';

export type Placement<Tenancy extends InstanceTenancy> =
  /** Give it back with `release`, exactly once. */
  | {
      readonly kind: 'placed';
      readonly instance: Instance<Tenancy>;
      readonly start: Start;
      readonly waitedMs: number;
      /** The part of it in which the instance was thawed, or its sandbox launched. */
      readonly placeMs: number;
      /** Why it is not warm, in the words of `whyText`. */
      readonly why: string | undefined;
    }
  | { readonly kind: 'throttled'; readonly reason: ThrottleReason }
  /** No sandbox could be launched for it. */
  | { readonly kind: 'launchFailed'; readonly cause: unknown }
  /** The platform is going down. */
  | { readonly kind: 'closed' };

export interface Waiter<Tenancy extends InstanceTenancy> {
  readonly ticket: Ticket;
  readonly sinceMs: number;
  readonly payloadBytes: number;
  /** Why no instance could be taken when it came. */
  readonly why: Why;
  failedLaunches: number;
  settle(placement: Placement<Tenancy>): void;
}
