// One sandbox that belongs to one function version, from the moment it is taken until nothing of it is left.
// Owns: the invocations that it has, in the order in which they were given to it.
// I1: its fleet never changes: an instance is destroyed, never given to another function version.
// I2: (`starting` →) `busy` ⇄ `idle` → `ending`, and nothing comes after `ending`.

import assert from 'node:assert/strict';
import type { Sandbox } from '#sandbox';
import type { Ticket } from './concurrency.ts';
import type { Fleet } from './fleet.ts';
import type { Call } from './waiter.ts';

/** What an instance carries for its function; the room above makes it, and it is closed after the sandbox is gone. */
export interface InstanceTenancy {
  /** Loads the handler of a sandbox that nobody has called yet. Rejects where the platform could not even try. */
  initialise(sandbox: Sandbox): Promise<Initialised>;
  close(): void;
}

export type Initialised =
  | { readonly kind: 'ready'; readonly startMs: number; readonly peakBytes: number | undefined }
  /** The function's own failure, in words for whoever asked for the instance. The sandbox is dead. */
  | { readonly kind: 'failed'; readonly reason: string };

/** What an instance was started for: a call that waits, one that is expected, or whoever pays for it to be there. */
export type Purpose = 'on-demand' | 'ahead' | 'provisioned';

/** `warm`: a used instance. `prewarmed`: a generic sandbox was waiting. `cold`: one had to be launched. */
export type Start = 'warm' | 'prewarmed' | 'cold';

/** An invocation that was given to an instance, and has not come back. */
export interface Held {
  readonly ticket: Ticket;
  readonly call: Call;
  /** When it asked for an instance. */
  readonly sinceMs: number;
  isCalledBack: boolean;
}

export type InstanceState =
  /** Its handler is being loaded, and nobody has called it. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'busy' }
  /** `frozen` resolves when the freezer has it; undefined while it still runs. */
  | { readonly kind: 'idle'; readonly sinceMs: number; frozen: Promise<void> | undefined }
  | { readonly kind: 'ending' };

export class Instance<Tenancy extends InstanceTenancy> {
  readonly sandbox: Sandbox;
  readonly fleet: Fleet<Tenancy>;
  readonly tenancy: Tenancy;
  state: InstanceState = { kind: 'busy' };
  /** The one that runs, or those that run, first. */
  readonly held: Held[] = [];
  /** When one of them ended last, or since when it has some. */
  progressMs = 0;
  /** Its sandbox is about to end: it gets nothing more. */
  isLeaving = false;
  isThawing = false;
  /** Nobody has specialised it yet: that is up to its first holder. */
  fresh = true;
  readonly purpose: Purpose;
  /** What the budget holds for it at this moment. */
  chargedMiB: number;
  /** The eviction clock when it was last used. */
  evictionClock = 0;

  constructor(parts: { fleet: Fleet<Tenancy>; sandbox: Sandbox; tenancy: Tenancy; purpose: Purpose; chargedMiB: number }) {
    this.purpose = parts.purpose;
    this.fleet = parts.fleet;
    this.sandbox = parts.sandbox;
    this.tenancy = parts.tenancy;
    this.chargedMiB = parts.chargedMiB;
  }

  /** How many invocations it may have, those that it has included; 0 where nobody may be sent behind or beside the one that it has. */
  get capacity(): number {
    if (this.fresh || this.isLeaving || this.isThawing || this.held[0]?.call.isAlone === true) return 0;
    return 1 + this.sandbox.ahead;
  }

  /** Takes an invocation out; the first where it has no name. */
  takeOut(requestId: string | undefined): Held {
    const index = requestId === undefined ? 0 : this.held.findIndex(({ call }) => call.requestId === requestId);
    const [held] = this.held.splice(Math.max(0, index), 1);
    assert(held !== undefined && index >= 0, 'released twice');
    return held;
  }
}
