// The invocations that wait for an instance, fleet by fleet: first come, first served within one; between them whoever has had least goes first,
// and where there is no room whoever waits most makes way.
// Owns: how many wait and how many bytes they hold.
// I1: a fleet is in the set exactly while somebody waits in it.

import { LIMITS } from '#kernel';
import type { Fleet } from './fleet.ts';
import type { InstanceTenancy } from './instance.ts';
import { compareShares } from './shares.ts';
import type { HeldMemory } from './shares.ts';
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
    return this.#taken(fleet, fleet.waiters.shift());
  }

  /** The one that came last, to make way for another. */
  last(fleet: Fleet<Tenancy>): Waiter<Tenancy> | undefined {
    return this.#taken(fleet, fleet.waiters.pop());
  }

  #taken(fleet: Fleet<Tenancy>, waiter: Waiter<Tenancy> | undefined): Waiter<Tenancy> | undefined {
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

  /** A copy: who has had least goes first, among equals who has waited longest. */
  leastServedFirst(nowMs: number): readonly Fleet<Tenancy>[] {
    return [...this.#fleets].sort(
      (one, other) => compareShares(one.share, other.share, nowMs) || one.waitingSinceMs - other.waitingSinceMs,
    );
  }

  /**
   * Whose last invocation makes way for one more of this fleet: that of the fleet which waits most, in the account which waits most.
   * Undefined where the newcomer would wait as much as that one. `among` leaves out whoever would not help.
   */
  crowdedBy(newcomer: Fleet<Tenancy>, among: (fleet: Fleet<Tenancy>) => boolean = () => true): Fleet<Tenancy> | undefined {
    const fleets = [...this.#fleets].filter(among);
    const waitingIn = Map.groupBy(fleets, ({ share }) => share.account);
    const sumOf = (account: HeldMemory) => (waitingIn.get(account) ?? []).reduce((sum, { waiters }) => sum + waiters.length, 0);
    const own = newcomer.share.account;
    const accounts = [...waitingIn.keys()];
    const fullest = accounts.reduce((most, account) => (sumOf(account) > sumOf(most) ? account : most), own);
    const crowd = (waitingIn.get(fullest) ?? []).reduce(
      (most, fleet) => (fleet.waiters.length > most.waiters.length ? fleet : most),
      newcomer,
    );
    const isMore = fullest === own ? crowd.waiters.length > newcomer.waiters.length + 1 : sumOf(fullest) > sumOf(own) + 1;
    return isMore && crowd !== newcomer ? crowd : undefined;
  }
}

function firstIndexAfter(waiters: readonly { readonly sinceMs: number }[], sinceMs: number): number {
  const index = waiters.findIndex((waiter) => waiter.sinceMs > sinceMs);
  return index < 0 ? waiters.length : index;
}
