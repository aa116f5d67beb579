// One sandbox that belongs to one function version, from the moment it is taken until nothing of it is left.
// I1: its fleet never changes: an instance is destroyed, never given to another function version.
// I2: `busy` ⇄ `idle` → `ending`, and nothing comes after `ending`.

import type { Sandbox } from '#sandbox';
import type { Ticket } from './concurrency.ts';
import type { Fleet } from './fleet.ts';

/** What an instance carries for its function; the room above makes it, and it is closed after the sandbox is gone. */
export interface InstanceTenancy {
  close(): void;
}

/** `warm`: a used instance. `prewarmed`: a generic sandbox was waiting. `cold`: one had to be launched. */
export type Start = 'warm' | 'prewarmed' | 'cold';

export type InstanceState =
  | { readonly kind: 'busy'; readonly ticket: Ticket }
  /** `frozen` resolves when the freezer has it; undefined while it still runs. */
  | { readonly kind: 'idle'; readonly sinceMs: number; frozen: Promise<void> | undefined }
  | { readonly kind: 'ending' };

export class Instance<Tenancy extends InstanceTenancy> {
  readonly sandbox: Sandbox;
  readonly fleet: Fleet<Tenancy>;
  readonly tenancy: Tenancy;
  state: InstanceState;
  /** Nobody has specialised it yet: that is up to its first holder. */
  fresh = true;
  /** What the budget holds for it at this moment. */
  chargedMiB: number;

  constructor(parts: { fleet: Fleet<Tenancy>; sandbox: Sandbox; tenancy: Tenancy; ticket: Ticket; chargedMiB: number }) {
    this.fleet = parts.fleet;
    this.sandbox = parts.sandbox;
    this.tenancy = parts.tenancy;
    this.state = { kind: 'busy', ticket: parts.ticket };
    this.chargedMiB = parts.chargedMiB;
  }
}
