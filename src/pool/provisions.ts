// Instances that somebody pays for to be there: brings them up, replaces those that are lost, and ends those that nobody wants any more.
// Owns: how many of each function version are wanted, and how the last try went.
// I1: a failure is tried again, less and less often; what was asked for stays asked for.
// I2: one of them is there in full: its memory is charged as if it ran, so no other function can keep it waiting.

import type { Clock } from '#kernel';
import type { InvocableFunction } from '#registry';
import { Alarm } from './alarm.ts';
import type { Budget } from './budget.ts';
import type { InstanceTenancy } from './instance.ts';
import type { Readying } from './readying.ts';
import type { Roster } from './roster.ts';
import { refillRestMs } from './scale.ts';

export interface ProvisionedState {
  /** There, or on their way. */
  readonly allocated: number;
  /** There, with the handler loaded. */
  readonly available: number;
  /** Why there are not more. */
  readonly failure: string | undefined;
}

interface Provision {
  readonly invocable: InvocableFunction;
  wanted: number;
  underWay: number;
  failures: number;
  failure: string | undefined;
  restUntilMs: number;
}

interface Parts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly roster: Roster<Tenancy>;
  readonly readying: Readying<Tenancy>;
}

/** Room is made, or waited for. */
const LOOK_AGAIN_MS = 1000;

export class Provisions<Tenancy extends InstanceTenancy> {
  readonly #parts: Parts<Tenancy>;
  readonly #provisions = new Map<string, Provision>();
  readonly #alarm: Alarm;
  #closed = false;

  constructor(parts: Parts<Tenancy>) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.settleAll());
  }

  /** From now on so many; 0 for none. */
  set(invocable: InvocableFunction, wanted: number): void {
    if (this.#closed) return;
    const key = invocable.instanceKey;
    const provision = this.#provisions.get(key) ?? {
      invocable,
      wanted,
      underWay: 0,
      failures: 0,
      failure: undefined,
      restUntilMs: 0,
    };
    this.#provisions.set(key, provision);
    // Whoever asks anew has a reason to think that it works now.
    if (provision.wanted !== wanted) Object.assign(provision, { wanted, failures: 0, failure: undefined, restUntilMs: 0 });
    this.#settle(key, provision);
  }

  stateOf(instanceKey: string): ProvisionedState {
    const provision = this.#provisions.get(instanceKey);
    if (provision === undefined) return { allocated: 0, available: 0, failure: undefined };
    const available = Math.min(provision.wanted, this.#parts.roster.provisionedOf(instanceKey).size);
    return { allocated: Math.min(provision.wanted, available + provision.underWay), available, failure: provision.failure };
  }

  /** Nobody may have new ones of this key. */
  forget(instanceKey: string): void {
    const provision = this.#provisions.get(instanceKey);
    if (provision !== undefined) this.set(provision.invocable, 0);
  }

  /** One of them was lost, or there is room again. */
  settleAll(): void {
    if (this.#closed) return;
    for (const [key, provision] of this.#provisions) this.#settle(key, provision);
  }

  close(): void {
    this.#closed = true;
    this.#alarm.cancel();
  }

  #settle(key: string, provision: Provision): void {
    const { roster, readying, clock, budget } = this.#parts;
    const there = roster.provisionedOf(key);
    if (there.size > provision.wanted) roster.release(there, there.size - provision.wanted);
    if (provision.wanted === 0 && provision.underWay === 0) {
      this.#provisions.delete(key);
      return;
    }
    const nowMs = clock.monotonicMs();
    if (provision.restUntilMs > nowMs) {
      this.#alarm.ringBy(provision.restUntilMs);
      return;
    }
    const { invocable } = provision;
    const eachMiB = budget.capped(invocable.memoryMiB);
    const most = Math.min(Math.floor(budget.memoryMiB / eachMiB), budget.sandboxes);
    if (provision.wanted > most)
      provision.failure = `This machine has room for ${most} instances with ${invocable.memoryMiB} MB, and for nothing else then.`;
    while (there.size + provision.underWay < Math.min(provision.wanted, most)) {
      if (readying.isFull || !roster.makeRoomFor(invocable)) {
        this.#alarm.ringBy(nowMs + LOOK_AGAIN_MS);
        return;
      }
      this.#begin(key, provision);
    }
  }

  #begin(key: string, provision: Provision): void {
    const { roster, readying, clock } = this.#parts;
    provision.underWay += 1;
    void readying.begin(roster.fleetOf(provision.invocable), 'provisioned').then((result) => {
      provision.underWay -= 1;
      if (result.kind === 'ready') Object.assign(provision, { failures: 0, failure: undefined });
      else {
        provision.failures += 1;
        provision.failure = result.reason;
        provision.restUntilMs = clock.monotonicMs() + refillRestMs(provision.failures);
      }
      if (!this.#closed) this.#settle(key, provision);
    });
  }
}
