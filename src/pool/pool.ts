// The pool: hands an instance to each admitted invocation (a warm one, a pre-warmed or a new sandbox, or a place in the queue)
// and takes it back.
// Owns: the invocations that wait, and who may take which memory next.
// Never: looks into a payload or at an outcome; decides by numbers of its own (scale.ts and dispatch.ts do).
// I1: a ticket is left exactly once: by `release`, or with the refusal. `placeAgain` keeps it.
// I2: nobody takes memory that somebody waits for too long who has had less of it.
// I4: no flood of one function keeps another from its first instance, or from its place in the queue.
// I3: after `close` nothing is left and nothing is started.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { Clock, Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import { Alarm } from './alarm.ts';
import { Budget } from './budget.ts';
import { Concurrency } from './concurrency.ts';
import type { PoolParts, PoolSnapshot, Release } from './contract.ts';
import { DISPATCH } from './dispatch.ts';
import { Disposal } from './disposal.ts';
import { Door } from './door.ts';
import { Expectations } from './expectations.ts';
import type { Fleet } from './fleet.ts';
import type { Held, Instance, InstanceTenancy } from './instance.ts';
import { Launches } from './launches.ts';
import { Provisions } from './provisions.ts';
import type { ProvisionedState } from './provisions.ts';
import { Queue } from './queue.ts';
import { Readying } from './readying.ts';
import { Recalls } from './recalls.ts';
import { Roster } from './roster.ts';
import { SCALE } from './scale.ts';
import { compareShares, Shares } from './shares.ts';
import type { Shelf } from './shelf.ts';
import type { Call, Placement, Waiter } from './waiter.ts';
import { whyText } from './why.ts';

export class Pool<Tenancy extends InstanceTenancy> {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #concurrency: Concurrency;
  readonly #budget: Budget;
  readonly #disposal: Disposal;
  readonly #launches: Launches;
  readonly #roster: Roster<Tenancy>;
  readonly #readying: Readying<Tenancy>;
  readonly #provisions: Provisions<Tenancy>;
  readonly #expectations: Expectations;
  readonly #door: Door<Tenancy>;
  readonly #queue = new Queue<Tenancy>();
  /** Rings when somebody has waited long enough for a start of his own, or for memory. */
  readonly #patience: Alarm;
  readonly #waitLimit: Alarm;
  readonly #recalls: Recalls<Tenancy>;
  readonly #cores: number;
  /** I2: who has lacked memory for too long. */
  #starved: Fleet<Tenancy> | undefined;
  #closed = false;

  constructor({ clock, log, launcher, settings, unreservedConcurrency, openTenancy }: PoolParts<Tenancy>) {
    this.#clock = clock;
    this.#log = log;
    this.#concurrency = new Concurrency(unreservedConcurrency);
    this.#budget = new Budget(settings);
    this.#disposal = new Disposal({ budget: this.#budget, log, freed: () => this.#freed() });
    this.#patience = new Alarm(clock, () => this.#serveAll());
    this.#waitLimit = new Alarm(clock, () => this.#refuseOverdue());
    this.#recalls = new Recalls(clock);
    this.#cores = settings.cores;
    const listener = {
      mayRefill: () => !this.#queue.lacksMemory(),
      parked: () => this.#serveAll(),
      failed: (shelf: Shelf, cause: unknown) => this.#launchFailed(shelf, cause),
    };
    const shared = { clock, log, budget: this.#budget, disposal: this.#disposal };
    this.#launches = new Launches({ ...shared, launcher, settings, listener });
    this.#expectations = new Expectations({ ...shared, launcher });
    const shares = new Shares({ most: settings.functionStarts, periodMs: LIMITS.functionStartsPeriodMs });
    const startAhead = (fleet: Fleet<Tenancy>) => {
      if (!this.#closed && !this.#queue.lacksMemory()) this.#readying.beginAhead(fleet);
    };
    this.#roster = new Roster({ ...shared, launches: this.#launches, shares, openTenancy, startAhead });
    const forgetIfGone = (fleet: Fleet<Tenancy>) => this.#roster.forgetIfGone(fleet);
    this.#door = new Door({ concurrency: this.#concurrency, queue: this.#queue, forgetIfGone });
    const ready = () => this.#serveAll();
    const atOnce = settings.launchesAtOnce;
    this.#readying = new Readying({ ...shared, launches: this.#launches, roster: this.#roster, atOnce, ready });
    this.#provisions = new Provisions({ ...shared, roster: this.#roster, readying: this.#readying });
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
  acquire(
    invocable: InvocableFunction,
    payloadBytes: number,
    more: Omit<Call, 'payloadBytes'> = {},
  ): Placement<Tenancy> | Promise<Placement<Tenancy>> {
    if (this.#closed) return { kind: 'closed' };
    const fleet = this.#roster.fleetOf(invocable);
    const ticket = this.#door.admit(invocable, fleet);
    if (typeof ticket === 'string') {
      this.#roster.forgetIfGone(fleet);
      return { kind: 'throttled', reason: ticket };
    }
    const nowMs = this.#clock.monotonicMs();
    const held: Held = { ticket, call: { ...more, payloadBytes }, sinceMs: nowMs, isCalledBack: false };
    if (fleet.waiters.length > 0 || !this.#mayTake(fleet, nowMs)) return this.#wait(fleet, held);
    const choice = fleet.choose(held.call, nowMs, this.#cores);
    if (choice.kind === 'join') return this.#join(choice.lane, held, 0);
    const awake = choice.kind === 'idle' ? this.#roster.wideAwake(fleet) : undefined;
    if (awake === undefined) return this.#wait(fleet, held);
    void this.#roster.occupy(awake, held);
    return warm(awake, 0);
  }

  /** An invocation of this function version is likely: what can be made ready for its first instance is. */
  expect(invocable: InvocableFunction): void {
    this.#expectations.expect(invocable);
  }

  /** From now on so many instances of this function version are there before anybody calls; 0 for none. */
  provision(invocable: InvocableFunction, count: number): void {
    this.#provisions.set(invocable, count);
  }

  provisionedState(instanceKey: string): ProvisionedState {
    return this.#provisions.stateOf(instanceKey);
  }

  /** Exactly once for every placed instance. */
  release(instance: Instance<Tenancy>, { requestId, reusable, died, runMs, startMs, peakBytes }: Release): void {
    assert(instance.state.kind === 'busy', 'I1: released twice');
    const { fleet } = instance;
    this.#concurrency.leave(instance.takeOut(requestId).ticket);
    instance.fresh = false;
    instance.isLeaving ||= !reusable;
    instance.progressMs = this.#clock.monotonicMs();
    fleet.ran(runMs, startMs);
    this.#goOn(instance, { died, peakBytes });
  }

  /** For one that was placed and did not begin: it keeps its turn, and is placed once more. */
  placeAgain(instance: Instance<Tenancy>, requestId: string): Placement<Tenancy> | Promise<Placement<Tenancy>> {
    const held = instance.takeOut(requestId);
    // Nobody called it back: its sandbox ended before its turn.
    instance.isLeaving ||= !held.isCalledBack;
    this.#goOn(instance, { died: 'unknown', peakBytes: instance.sandbox.usage().peakBytes });
    if (this.#closed) {
      this.#concurrency.leave(held.ticket);
      return { kind: 'closed' };
    }
    return this.#enqueue(instance.fleet, { ...held, isCalledBack: false }, 'again');
  }

  /** An instance has one invocation less: others follow, or it rests, or it ends. */
  #goOn(instance: Instance<Tenancy>, { died, peakBytes }: Pick<Release, 'died' | 'peakBytes'>): void {
    const { fleet } = instance;
    const isKept = !instance.isLeaving && !fleet.retired && !this.#closed;
    if (isKept && this.#mayTake(fleet, instance.progressMs)) this.#follow(instance);
    if (instance.held.length > 0) return;
    if (isKept) this.#roster.rest(instance, peakBytes);
    else this.#roster.discard(instance, instance.isLeaving ? { kind: 'died', how: died ?? 'unknown' } : { kind: 'changed' });
    if (this.#queue.count > 0) this.#serveAll();
  }

  /** Straight to those who wait, still running and fully charged. */
  #follow(instance: Instance<Tenancy>): void {
    const { fleet, held } = instance;
    for (let waiter = fleet.waiters[0]; waiter !== undefined; waiter = fleet.waiters[0]) {
      if (held.length > 0 && !this.#mayJoin(instance, waiter)) return;
      this.#queue.next(fleet);
      const waitedMs = this.#clock.monotonicMs() - waiter.sinceMs;
      waiter.settle(held.length > 0 ? this.#join(instance, waiter, waitedMs) : this.#take(instance, waiter, waitedMs));
    }
  }

  #mayJoin(instance: Instance<Tenancy>, { call }: Held): boolean {
    const choice = instance.fleet.choose(call, this.#clock.monotonicMs(), this.#cores);
    return choice.kind === 'join' && choice.lane === instance;
  }

  #take(instance: Instance<Tenancy>, held: Held, waitedMs: number): Placement<Tenancy> {
    instance.held.push(held);
    return warm(instance, waitedMs);
  }

  #join(instance: Instance<Tenancy>, held: Held, waitedMs: number): Placement<Tenancy> {
    const placement = this.#take(instance, held, waitedMs);
    if (instance.fleet.invocable.instanceConcurrency === 1) this.#recalls.watch(instance);
    return placement;
  }

  /** No new work for instances of this key. Resolves when nothing of them is left. */
  retire(instanceKey: string): Promise<void> {
    this.#expectations.forget(instanceKey);
    this.#provisions.forget(instanceKey);
    return this.#roster.retire(instanceKey);
  }

  /** Refuses what comes and what waits, lets what runs finish within the window, then kills the rest. Resolves when nothing is left. */
  async close(windowMs: number): Promise<void> {
    assert(!this.#closed, 'closed once');
    this.#closed = true;
    this.#patience.cancel();
    this.#waitLimit.cancel();
    this.#recalls.close();
    this.#provisions.close();
    for (const fleet of this.#queue.longestWaitingFirst())
      for (let waiter = this.#queue.next(fleet); waiter !== undefined; waiter = this.#queue.next(fleet))
        this.#door.refuse(waiter, { kind: 'closed' });
    await Promise.all([this.#launches.close(), this.#readying.close(), this.#roster.close(windowMs), this.#expectations.close()]);
    await this.#disposal.settled();
  }

  snapshot(): PoolSnapshot {
    return {
      inFlight: this.#concurrency.inFlight,
      waiting: this.#queue.count,
      held: this.#roster.heldCount,
      busy: this.#roster.busyCount,
      idle: this.#roster.idleCount,
      parked: this.#launches.parkedCount,
      launching: this.#launches.underWay,
      sandboxes: this.#budget.count,
      chargedMiB: this.#budget.chargedMiB,
    };
  }

  /** Not what somebody has lacked for too long who has had less (I2). */
  #mayTake(fleet: Fleet<Tenancy>, nowMs: number): boolean {
    return this.#starved === undefined || this.#starved === fleet || compareShares(fleet.share, this.#starved.share, nowMs) < 0;
  }

  #wait(fleet: Fleet<Tenancy>, held: Held): Placement<Tenancy> | Promise<Placement<Tenancy>> {
    if (this.#door.hasPlace(fleet, held)) return this.#enqueue(fleet, held, 'last');
    this.#concurrency.leave(held.ticket);
    this.#roster.forgetIfGone(fleet);
    return { kind: 'throttled', reason: fleet.rateExceeded };
  }

  #enqueue(fleet: Fleet<Tenancy>, held: Held, place: 'last' | 'again'): Promise<Placement<Tenancy>> {
    return new Promise((settle) => {
      const nowMs = this.#clock.monotonicMs();
      const why = this.#roster.departures.why(fleet.invocable.versionArn, fleet.busy);
      this.#queue.enter(fleet, { ...held, why, failedLaunches: 0, settle }, place);
      this.#waitLimit.ringBy(held.sinceMs + SCALE.waitMs);
      if (!this.#mayTake(fleet, nowMs)) return;
      this.#serve(fleet, nowMs);
      if (fleet.lacksMemory) this.#patience.ringBy(nowMs + SCALE.starvedAfterMs);
    });
  }

  /** Something of what ended was perhaps provisioned, and something may fit that did not. */
  #freed(): void {
    this.#serveAll();
    this.#provisions.settleAll();
  }

  /** Serves whoever can be served, first those who have had least (I4). */
  #serveAll(): void {
    if (this.#closed) return;
    const nowMs = this.#clock.monotonicMs();
    this.#starved = undefined;
    for (const fleet of this.#queue.leastServedFirst(nowMs)) {
      this.#serve(fleet, nowMs);
      if (!fleet.lacksMemory) continue;
      const starvedAtMs = fleet.waitingSinceMs + SCALE.starvedAfterMs;
      if (nowMs >= starvedAtMs) {
        this.#starved = fleet;
        break;
      }
      this.#patience.ringBy(starvedAtMs);
    }
    this.#launches.refill();
  }

  #serve(fleet: Fleet<Tenancy>, nowMs: number): void {
    fleet.lacksMemory = false;
    fleet.lacks(0);
    for (let waiter = fleet.waiters[0]; waiter !== undefined; waiter = fleet.waiters[0]) {
      const choice = fleet.choose(waiter.call, nowMs, this.#cores);
      if (choice.kind === 'join') {
        this.#queue.next(fleet);
        waiter.settle(this.#join(choice.lane, waiter, nowMs - waiter.sinceMs));
      } else if (choice.kind === 'wait' && fleet.idle.length > 0) {
        // Those that run will take it, unless they do not move on.
        this.#patience.ringBy(nowMs + DISPATCH.stalledAfterMs);
        return;
      } else if (!this.#serveAlone(fleet, waiter, nowMs)) return;
    }
  }

  /** An instance of its own for whoever has waited longest: false when there is none yet. */
  #serveAlone(fleet: Fleet<Tenancy>, waiter: Waiter<Tenancy>, nowMs: number): boolean {
    const idle = fleet.idle.at(-1);
    const wanted = idle === undefined ? fleet.startsWanted(nowMs) : 0;
    if (idle === undefined && wanted === 0) {
      this.#patience.ringBy(Math.max(fleet.waitingSinceMs + fleet.startMs, fleet.share.starts.nextAtMs(nowMs)));
      return false;
    }
    if (idle === undefined && fleet.shelf.parked.length === 0) {
      fleet.lacks(wanted);
      fleet.lacksMemory = !this.#launches.launchWanted(fleet.shelf, (mib, count) => this.#roster.makeRoom(fleet, mib, count));
      return false;
    }
    if (!this.#roster.makeRoom(fleet, fleet.busyMiB - (idle?.chargedMiB ?? SCALE.genericMiB), 0, idle)) {
      fleet.lacksMemory = true;
      return false;
    }
    this.#queue.next(fleet);
    if (idle === undefined) this.#begin(fleet, waiter, nowMs);
    else void this.#resume(idle, waiter);
    return true;
  }

  #begin(fleet: Fleet<Tenancy>, waiter: Waiter<Tenancy>, nowMs: number): void {
    const parked = fleet.shelf.take(nowMs);
    assert(parked !== undefined, 'checked by the caller');
    this.#expectations.begun(fleet.invocable);
    fleet.share.starts.take(nowMs);
    const instance = this.#roster.found(fleet, parked.sandbox, waiter);
    const start = parked.sinceMs > waiter.sinceMs ? 'cold' : 'prewarmed';
    const waitedMs = nowMs - waiter.sinceMs;
    const launched = start === 'prewarmed' ? undefined : fleet.shelf.owner === undefined ? 'empty' : 'own-start';
    const placeMs = launched === undefined ? 0 : Math.min(waitedMs, parked.launchMs);
    waiter.settle({ kind: 'placed', instance, start, waitedMs, placeMs, why: whyText(waiter.why, launched) });
    this.#launches.refill();
  }

  async #resume(instance: Instance<Tenancy>, waiter: Waiter<Tenancy>): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    instance.isThawing = true;
    try {
      await this.#roster.occupy(instance, waiter);
    } catch (cause) {
      // The instance is lost, the invocation is not: it goes back to the head of the queue.
      this.#log.write('warn', 'instance.thaw-failed', { sandbox: instance.sandbox.id, cause });
      instance.takeOut(undefined);
      this.#roster.discard(instance, { kind: 'died', how: 'thaw' });
      if (this.#closed) this.#door.refuse(waiter, { kind: 'closed' });
      else {
        this.#queue.enter(instance.fleet, waiter, 'again');
        // The alarm may have rung while nobody was in the queue.
        this.#waitLimit.ringBy(waiter.sinceMs + SCALE.waitMs);
      }
      this.#serveAll();
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    instance.isThawing = false;
    instance.progressMs = nowMs;
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
        this.#door.refuse(waiter, { kind: 'launchFailed', cause });
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
        this.#door.refuse(waiter, { kind: 'throttled', reason: 'FunctionInvocationRateLimitExceeded' });
      }
      if (fleet.waiters.length > 0) this.#waitLimit.ringBy(fleet.waitingSinceMs + SCALE.waitMs);
      this.#roster.forgetIfGone(fleet);
    }
    this.#serveAll();
  }
}

function warm<Tenancy extends InstanceTenancy>(instance: Instance<Tenancy>, waitedMs: number): Placement<Tenancy> {
  return { kind: 'placed', instance, start: 'warm', waitedMs, placeMs: 0, why: undefined };
}
