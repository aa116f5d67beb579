// An invocation that was admitted and waits for its instance.

import type { Held, Instance, InstanceTenancy, Start } from './instance.ts';
import type { ThrottleReason } from './scale.ts';
import type { Why } from './why.ts';

/** An invocation that asks for an instance. */
export interface Call {
  /** Whoever has none cannot be taken back, and so is never sent ahead. */
  readonly requestId?: string;
  readonly payloadBytes: number;
  /** It shares its instance with no other: neither one that runs, nor one that waits behind it. */
  readonly isAlone?: boolean;
}

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

export interface Waiter<Tenancy extends InstanceTenancy> extends Held {
  /** Why no instance could be taken when it came. */
  readonly why: Why;
  failedLaunches: number;
  settle(placement: Placement<Tenancy>): void;
}
