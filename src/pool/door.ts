// The door of the pool: who is let in, and who of those that wait makes way for whom.
// Owns: nothing itself; the counters are concurrency.ts's, the places queue.ts's.
// I1: whoever was refused holds neither a place nor a ticket.

import assert from 'node:assert/strict';
import type { InvocableFunction } from '#registry';
import type { Concurrency, Ticket } from './concurrency.ts';
import type { Fleet } from './fleet.ts';
import type { Held, InstanceTenancy } from './instance.ts';
import type { Queue } from './queue.ts';
import { functionArnOf } from './scale.ts';
import type { ThrottleReason } from './scale.ts';
import type { Placement, Waiter } from './waiter.ts';

interface Parts<Tenancy extends InstanceTenancy> {
  readonly concurrency: Concurrency;
  readonly queue: Queue<Tenancy>;
  readonly forgetIfGone: (fleet: Fleet<Tenancy>) => void;
}

export class Door<Tenancy extends InstanceTenancy> {
  readonly #concurrency: Concurrency;
  readonly #queue: Queue<Tenancy>;
  readonly #forgetIfGone: (fleet: Fleet<Tenancy>) => void;

  constructor({ concurrency, queue, forgetIfGone }: Parts<Tenancy>) {
    this.#concurrency = concurrency;
    this.#queue = queue;
    this.#forgetIfGone = forgetIfGone;
  }

  /** Where the account has no concurrency left, whoever waits most makes way for one who waits less. Those who run are never touched. */
  admit(invocable: InvocableFunction, fleet: Fleet<Tenancy>): Ticket | ThrottleReason {
    const { account } = invocable.scope;
    const { invokedArn: qualifiedArn, reservedConcurrency, provisionedConcurrency } = invocable;
    const functionArn = functionArnOf(invocable);
    const request = { account, functionArn, qualifiedArn, reservedConcurrency, provisionedConcurrency };
    const entered = this.#concurrency.enter(request);
    if (entered !== 'ConcurrentInvocationLimitExceeded') return entered;
    const crowd = this.#queue.crowdedBy(fleet, ({ waiters }) => waiters.at(-1)?.ticket.unreservedIn === account);
    if (crowd === undefined) return entered;
    this.#makeWay(crowd, entered);
    return this.#concurrency.enter(request);
  }

  /** Whether it may wait. False as well where its function has had its burst of starts, and those at work have enough behind them. */
  hasPlace(fleet: Fleet<Tenancy>, { call, sinceMs }: Held): boolean {
    const needsStart = fleet.idle.length === 0 && fleet.waiters.length >= fleet.busy;
    if (needsStart && fleet.share.starts.left(sinceMs) < 1) return false;
    while (!this.#queue.hasRoom(call.payloadBytes)) {
      const crowd = this.#queue.crowdedBy(fleet);
      if (crowd === undefined) return false;
      this.#makeWay(crowd, crowd.rateExceeded);
    }
    return true;
  }

  refuse(waiter: Waiter<Tenancy>, placement: Placement<Tenancy>): void {
    this.#concurrency.leave(waiter.ticket);
    waiter.settle(placement);
  }

  #makeWay(crowd: Fleet<Tenancy>, reason: ThrottleReason): void {
    const waiter = this.#queue.last(crowd);
    assert(waiter !== undefined, 'it waits most');
    this.refuse(waiter, { kind: 'throttled', reason });
    this.#forgetIfGone(crowd);
  }
}
