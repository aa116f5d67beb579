// The invocations that wait for an instance, fleet by fleet: first come, first served within one, bounded over all.
// Owns: how many wait and how many bytes they hold.
// I1: a fleet is in the set exactly while somebody waits in it.

import { LIMITS } from '#kernel';
import type { Fleet } from './fleet.ts';
import type { InstanceTenancy } from './instance.ts';
import type { Waiter } from './waiter.ts';

export class Queue<Tenancy extends InstanceTenancy> {
  readonly #fleets = new Set<Fleet<Tenancy>>();
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  hasRoom(payloadBytes: number): boolean {
    return this.#count < LIMITS.waitingInvocations && this.#bytes + payloadBytes <= LIMITS.waitingPayloadBytes;
  }

  lacksMemory(): boolean {
    for (const fleet of this.#fleets) if (fleet.lacksMemory) return true;
    return false;
  }

  /** `again`: it was placed before and has kept its turn. */
  enter(fleet: Fleet<Tenancy>, waiter: Waiter<Tenancy>, place: 'last' | 'again'): void {
    if (place === 'last') fleet.waiters.push(waiter);
    else fleet.waiters.splice(firstIndexAfter(fleet.waiters, waiter.sinceMs), 0, waiter);
    this.#fleets.add(fleet);
    this.#count += 1;
    this.#bytes += waiter.call.payloadBytes;
  }

  next(fleet: Fleet<Tenancy>): Waiter<Tenancy> | undefined {
    const waiter = fleet.waiters.shift();
    if (waiter === undefined) return undefined;
    this.#count -= 1;
    this.#bytes -= waiter.call.payloadBytes;
    if (fleet.waiters.length === 0) {
      this.#fleets.delete(fleet);
      fleet.lacks(0);
    }
    return waiter;
  }

  /** A copy, in the order in which their first invocations came. */
  longestWaitingFirst(): readonly Fleet<Tenancy>[] {
    return [...this.#fleets].sort((one, other) => one.waitingSinceMs - other.waitingSinceMs);
  }
}

function firstIndexAfter(waiters: readonly { readonly sinceMs: number }[], sinceMs: number): number {
  const index = waiters.findIndex((waiter) => waiter.sinceMs > sinceMs);
  return index < 0 ? waiters.length : index;
}
