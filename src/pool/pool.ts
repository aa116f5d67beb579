// The pool: hands an instance to each admitted invocation (a warm one, a pre-warmed or a new sandbox, or a place in the queue)
// and takes it back.
// Owns: the invocations that wait, and who may take which memory next.
// Never: looks into a payload or at an outcome; decides by numbers of its own (scale.ts does).
// I1: a ticket is left exactly once: by `release`, or with the refusal.
// I2: nobody who came later takes memory that somebody waits for too long.
// I3: after `close` nothing is left and nothing is started.

import assert from 'node:assert/strict';
import type { AccountId, Clock, Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { Launcher, Sandbox } from '#sandbox';
import { Alarm } from './alarm.ts';
import { Budget } from './budget.ts';
import { Concurrency } from './concurrency.ts';
import type { Ticket } from './concurrency.ts';
import { Disposal } from './disposal.ts';
import { Expectations } from './expectations.ts';
import type { Fleet } from './fleet.ts';
import type { Instance, InstanceTenancy } from './instance.ts';
import { Launches } from './launches.ts';
import { Queue } from './queue.ts';
import { Roster } from './roster.ts';
import { SCALE } from './scale.ts';
import type { PoolSettings } from './settings.ts';
import type { Shelf } from './shelf.ts';
import type { Placement, Waiter } from './waiter.ts';
import { whyText } from './why.ts';

export interface PoolParts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly launcher: Launcher;
  readonly settings: PoolSettings;
  /** What the account has left for functions without a reservation of their own. */
  readonly unreservedConcurrency: (account: AccountId) => number;
  /** Called when a sandbox becomes an instance of a function version. */
  readonly openTenancy: (invocable: InvocableFunction, sandbox: Sandbox) => Tenancy;
}

/** How an invocation left its instance. */
export interface Release {
  /** False after anything but a normal answer: the sandbox is dead or not to be trusted. */
  readonly reusable: boolean;
  /** How the sandbox died, where it did: the kind of its last outcome. */
  readonly died?: string | undefined;
  /** Undefined where nothing of the function ran: such an end says nothing about how long it takes. */
  readonly runMs?: number | undefined;
  /** Loading the handler, where that was part of it. */
  readonly startMs?: number | undefined;
  readonly peakBytes?: number | undefined;
}

export interface PoolSnapshot {
  readonly inFlight: number;
  readonly waiting: number;
  readonly busy: number;
  readonly idle: number;
  readonly parked: number;
  readonly launching: number;
  readonly sandboxes: number;
  readonly chargedMiB: number;
}

export class Pool<Tenancy extends InstanceTenancy> {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #concurrency: Concurrency;
  readonly #budget: Budget;
  readonly #disposal: Disposal;
  readonly #launches: Launches;
  readonly #roster: Roster<Tenancy>;
  readonly #expectations: Expectations;
  readonly #queue = new Queue<Tenancy>();
  /** Rings when somebody has waited long enough for a start of his own, or for memory. */
  readonly #patience: Alarm;
  readonly #waitLimit: Alarm;
  /** I2: somebody has lacked memory for too long. */
  #starved = false;
  #closed = false;

  constructor({ clock, log, launcher, settings, unreservedConcurrency, openTenancy }: PoolParts<Tenancy>) {
    this.#clock = clock;
    this.#log = log;
    this.#concurrency = new Concurrency(unreservedConcurrency);
    this.#budget = new Budget(settings);
    this.#disposal = new Disposal({ budget: this.#budget, log, freed: () => this.#serveAll() });
    this.#patience = new Alarm(clock, () => this.#serveAll());
    this.#waitLimit = new Alarm(clock, () => this.#refuseOverdue());
    const listener = {
      mayRefill: () => !this.#queue.lacksMemory(),
      parked: () => this.#serveAll(),
      failed: (shelf: Shelf, cause: unknown) => this.#launchFailed(shelf, cause),
    };
    const shared = { clock, log, budget: this.#budget, disposal: this.#disposal };
    this.#launches = new Launches({ ...shared, launcher, settings, listener });
    this.#expectations = new Expectations({ launcher, log });
    this.#roster = new Roster({ ...shared, launches: this.#launches, openTenancy });
  }

  /** Whether crashes may be the platform's own doing by now. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Begins to pre-warm. */
  start(): void {
    this.#launches.refill();
  }

  /** Answers at once where an instance is warm and running; the promise is for those who have to wait. */
  acquire(invocable: InvocableFunction, payloadBytes: number): Placement<Tenancy> | Promise<Placement<Tenancy>> {
    if (this.#closed) return { kind: 'closed' };
    const ticket = this.#concurrency.enter({
      account: invocable.scope.account,
      functionArn: invocable.versionArn.slice(0, invocable.versionArn.lastIndexOf(':')),
      reservedConcurrency: invocable.reservedConcurrency,
    });
    if (typeof ticket === 'string') return { kind: 'throttled', reason: ticket };
    const fleet = this.#roster.fleetOf(invocable);
    const awake = fleet.waiters.length === 0 && !this.#starved ? this.#roster.wideAwake(fleet) : undefined;
    if (awake === undefined) return this.#wait(fleet, ticket, payloadBytes);
    void this.#roster.occupy(awake, ticket);
    return { kind: 'placed', instance: awake, start: 'warm', waitedMs: 0, placeMs: 0, why: undefined };
  }

  /** Exactly once for every placed instance. */
  release(instance: Instance<Tenancy>, { reusable, died, runMs, startMs, peakBytes }: Release): void {
    assert(instance.state.kind === 'busy', 'I1: released twice');
    const { fleet } = instance;
    this.#concurrency.leave(instance.state.ticket);
    instance.fresh = false;
    fleet.ran(runMs, startMs);
    const kept = reusable && !fleet.retired && !this.#closed;
    const next = kept && !this.#starved ? this.#queue.next(fleet) : undefined;
    if (next !== undefined) {
      // Straight to the next one, still running and fully charged.
      instance.state = { kind: 'busy', ticket: next.ticket };
      const waitedMs = this.#clock.monotonicMs() - next.sinceMs;
      next.settle({ kind: 'placed', instance, start: 'warm', waitedMs, placeMs: 0, why: undefined });
      return;
    }
    if (kept) this.#roster.rest(instance, peakBytes);
    else this.#roster.discard(instance, reusable ? { kind: 'changed' } : { kind: 'died', how: died ?? 'unknown' });
    if (this.#queue.count > 0) this.#serveAll();
  }

  /** An invocation of this function version is likely: what can be made ready for its first instance is. */
  expect(invocable: InvocableFunction): void {
    this.#expectations.expect(invocable);
  }

  /** No new work for instances of this key. Resolves when nothing of them is left. */
  retire(instanceKey: string): Promise<void> {
    return this.#roster.retire(instanceKey);
  }

  /** Refuses what comes and what waits, lets what runs finish within the window, then kills the rest. Resolves when nothing is left. */
  async close(windowMs: number): Promise<void> {
    assert(!this.#closed, 'closed once');
    this.#closed = true;
    this.#patience.cancel();
    this.#waitLimit.cancel();
    for (const fleet of this.#queue.longestWaitingFirst())
      for (let waiter = this.#queue.next(fleet); waiter !== undefined; waiter = this.#queue.next(fleet))
        this.#refuse(waiter, { kind: 'closed' });
    await Promise.all([this.#launches.close(), this.#roster.close(windowMs), this.#expectations.close()]);
    await this.#disposal.settled();
  }

  snapshot(): PoolSnapshot {
    return {
      inFlight: this.#concurrency.inFlight,
      waiting: this.#queue.count,
      busy: this.#roster.busyCount,
      idle: this.#roster.idleCount,
      parked: this.#launches.parkedCount,
      launching: this.#launches.underWay,
      sandboxes: this.#budget.count,
      chargedMiB: this.#budget.chargedMiB,
    };
  }

  #wait(fleet: Fleet<Tenancy>, ticket: Ticket, payloadBytes: number): Placement<Tenancy> | Promise<Placement<Tenancy>> {
    if (!this.#queue.hasRoom(payloadBytes)) {
      this.#concurrency.leave(ticket);
      this.#roster.forgetIfGone(fleet);
      return { kind: 'throttled', reason: 'FunctionInvocationRateLimitExceeded' };
    }
    return new Promise((settle) => {
      const sinceMs = this.#clock.monotonicMs();
      const why = this.#roster.departures.why(fleet.invocable.versionArn, fleet.busy);
      this.#queue.enter(fleet, { ticket, sinceMs, payloadBytes, why, failedLaunches: 0, settle }, 'last');
      this.#waitLimit.ringBy(sinceMs + SCALE.waitMs);
      if (this.#starved) return;
      this.#serve(fleet, sinceMs);
      if (fleet.lacksMemory) this.#patience.ringBy(sinceMs + SCALE.starvedAfterMs);
      this.#launches.refill();
    });
  }

  /** Serves whoever can be served, the longest waiting first. */
  #serveAll(): void {
    if (this.#closed) return;
    const nowMs = this.#clock.monotonicMs();
    this.#starved = false;
    for (const fleet of this.#queue.longestWaitingFirst()) {
      this.#serve(fleet, nowMs);
      if (!fleet.lacksMemory) continue;
      const starvedAtMs = fleet.waitingSinceMs + SCALE.starvedAfterMs;
      if (nowMs >= starvedAtMs) {
        this.#starved = true;
        break;
      }
      this.#patience.ringBy(starvedAtMs);
    }
    this.#launches.refill();
  }

  #serve(fleet: Fleet<Tenancy>, nowMs: number): void {
    fleet.lacksMemory = false;
    fleet.lacks(0);
    while (fleet.waiters.length > 0) {
      const idle = fleet.idle.at(-1);
      const wanted = idle === undefined ? fleet.startsWanted(nowMs) : 0;
      if (idle === undefined && wanted === 0) {
        this.#patience.ringBy(fleet.waitingSinceMs + fleet.startMs);
        return;
      }
      if (idle === undefined && fleet.shelf.parked.length === 0) {
        fleet.lacks(wanted);
        fleet.lacksMemory = !this.#launches.launchWanted(fleet.shelf, (mib, count) => this.#roster.makeRoom(fleet, mib, count));
        return;
      }
      if (!this.#roster.makeRoom(fleet, fleet.busyMiB - (idle?.chargedMiB ?? SCALE.genericMiB), 0, idle)) {
        fleet.lacksMemory = true;
        return;
      }
      const waiter = this.#queue.next(fleet);
      assert(waiter !== undefined, 'somebody waits');
      if (idle === undefined) this.#begin(fleet, waiter, nowMs);
      else void this.#resume(idle, waiter);
    }
  }

  #begin(fleet: Fleet<Tenancy>, waiter: Waiter<Tenancy>, nowMs: number): void {
    const parked = fleet.shelf.take(nowMs);
    assert(parked !== undefined, 'checked by the caller');
    const instance = this.#roster.found(fleet, parked.sandbox, waiter.ticket);
    const start = parked.sinceMs > waiter.sinceMs ? 'cold' : 'prewarmed';
    const waitedMs = nowMs - waiter.sinceMs;
    const launched = start === 'prewarmed' ? undefined : fleet.shelf.owner === undefined ? 'empty' : 'own-start';
    const placeMs = launched === undefined ? 0 : Math.min(waitedMs, parked.launchMs);
    waiter.settle({ kind: 'placed', instance, start, waitedMs, placeMs, why: whyText(waiter.why, launched) });
  }

  async #resume(instance: Instance<Tenancy>, waiter: Waiter<Tenancy>): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    try {
      await this.#roster.occupy(instance, waiter.ticket);
    } catch (cause) {
      // The instance is lost, the invocation is not: it goes back to the head of the queue.
      this.#log.write('warn', 'instance.thaw-failed', { sandbox: instance.sandbox.id, cause });
      this.#roster.discard(instance, { kind: 'died', how: 'thaw' });
      if (this.#closed) this.#refuse(waiter, { kind: 'closed' });
      else this.#queue.enter(instance.fleet, waiter, 'first');
      this.#serveAll();
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    const times = { waitedMs: nowMs - waiter.sinceMs, placeMs: nowMs - beganMs };
    waiter.settle({ kind: 'placed', instance, start: 'warm', ...times, why: undefined });
  }

  /** Each failure is charged to whoever has waited longest for such a sandbox. */
  #launchFailed(shelf: Shelf, cause: unknown): void {
    const fleet = this.#queue.longestWaitingFirst().find((waiting) => waiting.shelf === shelf);
    const waiter = fleet?.waiters[0];
    if (fleet !== undefined && waiter !== undefined) {
      waiter.failedLaunches += 1;
      if (waiter.failedLaunches >= SCALE.launchAttempts) {
        this.#queue.next(fleet);
        this.#refuse(waiter, { kind: 'launchFailed', cause });
        this.#roster.forgetIfGone(fleet);
      }
    }
    this.#serveAll();
  }

  #refuseOverdue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const fleet of this.#queue.longestWaitingFirst()) {
      while (nowMs - fleet.waitingSinceMs >= SCALE.waitMs) {
        const waiter = this.#queue.next(fleet);
        assert(waiter !== undefined, 'somebody has waited');
        this.#refuse(waiter, { kind: 'throttled', reason: 'FunctionInvocationRateLimitExceeded' });
      }
      if (fleet.waiters.length > 0) this.#waitLimit.ringBy(fleet.waitingSinceMs + SCALE.waitMs);
      this.#roster.forgetIfGone(fleet);
    }
    this.#serveAll();
  }

  #refuse(waiter: Waiter<Tenancy>, placement: Placement<Tenancy>): void {
    this.#concurrency.leave(waiter.ticket);
    waiter.settle(placement);
  }
}
