// Every instance of the machine and every fleet: founds them, keeps them occupied or at rest, and ends them.
// Owns: the fleets, the instances, what the budget holds for each, and the clock of evictions.
// I1: an instance serves one instance key, and then nobody.
// I2: memory is made from idle instances that nobody has provisioned, those first that are worth least, then from parked sandboxes.

import assert from 'node:assert/strict';
import type { Clock, Log } from '#kernel';
import { sharedKeyOf } from '#registry';
import type { InvocableFunction } from '#registry';
import type { Sandbox } from '#sandbox';
import type { Budget } from './budget.ts';
import type { Disposal } from './disposal.ts';
import { Fleet } from './fleet.ts';
import { priorityOf } from './greedy-dual.ts';
import { Habits } from './habits.ts';
import type { Known } from './habits.ts';
import { IdleInstances } from './idle-instances.ts';
import { Instance } from './instance.ts';
import type { Held, InstanceTenancy, Purpose } from './instance.ts';
import { planOf } from './keep-alive.ts';
import type { Launches } from './launches.ts';
import { RetiredKeys } from './retired-keys.ts';
import { functionArnOf, idleChargeMiB, SCALE, victims } from './scale.ts';
import type { Shares } from './shares.ts';
import { Departures } from './why.ts';
import type { Departure } from './why.ts';

interface Parts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: Budget;
  readonly disposal: Disposal;
  readonly launches: Launches;
  readonly shares: Shares;
  readonly openTenancy: (invocable: InvocableFunction, sandbox: Sandbox, purpose: Purpose) => Tenancy;
  /** Somebody is expected to call: an instance may be made ready for it, where there is room. */
  readonly startAhead: (fleet: Fleet<Tenancy>) => void;
}

/** An idle instance, and what it is worth to keep it. */
interface Ranked<Tenancy extends InstanceTenancy> {
  readonly instance: Instance<Tenancy>;
  readonly chargedMiB: number;
  readonly priority: number;
}

export class Roster<Tenancy extends InstanceTenancy> {
  readonly #parts: Parts<Tenancy>;
  readonly #idle: IdleInstances<Tenancy>;
  readonly #fleets = new Map<string, Fleet<Tenancy>>();
  readonly #busy = new Set<Instance<Tenancy>>();
  readonly #habits: Habits;
  #evictionClock = 0;
  readonly #retired = new RetiredKeys();
  /** What cold starts are explained by. */
  readonly departures = new Departures();
  #allReleased: PromiseWithResolvers<void> | undefined;

  constructor(parts: Parts<Tenancy>) {
    this.#parts = parts;
    this.#habits = new Habits({ clock: parts.clock, review: (known) => this.#review(known) });
    this.#idle = new IdleInstances({
      clock: parts.clock,
      log: parts.log,
      end: (instance, departure) => this.#end(instance, departure),
    });
  }

  get busyCount(): number {
    return this.#busy.size;
  }

  /** Invocations that instances have. */
  get heldCount(): number {
    let count = 0;
    for (const { held } of this.#busy) count += held.length;
    return count;
  }

  get idleCount(): number {
    return this.#idle.count;
  }

  fleetOf(invocable: InvocableFunction): Fleet<Tenancy> {
    const known = this.#fleets.get(invocable.instanceKey);
    if (known !== undefined) return known;
    assert(!invocable.tenantIsolation || invocable.tenantId !== undefined, 'it is known for which tenant');
    const fleet = new Fleet<Tenancy>({
      invocable,
      shelf: this.#parts.launches.shelfFor(invocable),
      busyMiB: this.#parts.budget.capped(invocable.memoryMiB),
      known: this.#habits.enter(invocable),
      share: this.#parts.shares.enter(invocable.scope.account, functionArnOf(invocable)),
    });
    this.#fleets.set(fleet.key, fleet);
    // Resolved just before its key was retired: it is still served, and leaves nothing behind.
    if (this.#retired.has(sharedKeyOf(fleet.key))) void fleet.retire();
    return fleet;
  }

  /** No instance of this key is kept from now on. Resolves when nothing of them is left. */
  retire(instanceKey: string): Promise<void> {
    this.#retired.add(instanceKey);
    this.#habits.retire(instanceKey);
    // Where tenants are kept apart, each has a fleet.
    const fleets = [...this.#fleets.values()].filter(({ key }) => sharedKeyOf(key) === instanceKey);
    return Promise.all(fleets.map((fleet) => this.#retire(fleet))).then(() => undefined);
  }

  #retire(fleet: Fleet<Tenancy>): Promise<void> {
    const gone = fleet.retire();
    for (let instance = fleet.idle.at(-1); instance !== undefined; instance = fleet.idle.at(-1))
      this.#idle.drop(instance, { kind: 'changed' });
    this.forgetIfGone(fleet);
    return gone;
  }

  /** Makes a sandbox from the shelf an instance of this fleet. */
  found(fleet: Fleet<Tenancy>, sandbox: Sandbox, held: Held): Instance<Tenancy> {
    const instance = this.#instanceOf(fleet, sandbox, 'on-demand');
    this.#occupied(instance, held);
    return instance;
  }

  /** The same for nobody yet: its handler is loaded first, then `settle` or `abandon` follows. */
  adopt(fleet: Fleet<Tenancy>, sandbox: Sandbox, purpose: Purpose): Instance<Tenancy> {
    const instance = this.#instanceOf(fleet, sandbox, purpose);
    instance.state = { kind: 'starting' };
    this.#charge(instance, fleet.busyMiB);
    return instance;
  }

  /** Its handler is loaded. */
  settle(instance: Instance<Tenancy>, { startMs, peakBytes }: { startMs: number; peakBytes: number | undefined }): void {
    assert(instance.state.kind === 'starting', 'settled once');
    instance.fresh = false;
    instance.fleet.ran(undefined, startMs);
    if (instance.purpose === 'provisioned') instance.fleet.provisioned.add(instance);
    this.#rest(instance, peakBytes, true);
  }

  abandon(instance: Instance<Tenancy>, departure: Departure): void {
    assert(instance.state.kind === 'starting', 'nobody has had it');
    this.#end(instance, departure);
  }

  #instanceOf(fleet: Fleet<Tenancy>, sandbox: Sandbox, purpose: Purpose): Instance<Tenancy> {
    const tenancy = this.#parts.openTenancy(fleet.invocable, sandbox, purpose);
    const instance = new Instance({ fleet, sandbox, tenancy, purpose, chargedMiB: SCALE.genericMiB });
    fleet.alive += 1;
    void sandbox.gone.then(() => this.#lost(instance));
    return instance;
  }

  /** A fleet's idle instance that could be used this very moment: it runs, and its memory is there. */
  wideAwake(fleet: Fleet<Tenancy>): Instance<Tenancy> | undefined {
    const last = fleet.idle.at(-1);
    if (last?.state.kind !== 'idle' || last.state.frozen !== undefined) return undefined;
    return this.#parts.budget.fits(fleet.busyMiB - last.chargedMiB, 0) ? last : undefined;
  }

  /** Gives an idle instance an invocation. What it returns, if anything, is awaited before the instance is used. */
  occupy(instance: Instance<Tenancy>, held: Held): Promise<void> | undefined {
    const thawed = this.#idle.take(instance);
    instance.state = { kind: 'busy' };
    this.#occupied(instance, held);
    return thawed;
  }

  /** Back to the idle ones, charged what it was seen to use. */
  rest(instance: Instance<Tenancy>, peakBytes: number | undefined): void {
    this.#vacated(instance);
    this.#rest(instance, peakBytes, false);
  }

  #rest(instance: Instance<Tenancy>, peakBytes: number | undefined, isUnused: boolean): void {
    const { fleet, purpose } = instance;
    // Whoever has provisioned it must not wait for memory.
    if (purpose !== 'provisioned')
      this.#charge(instance, Math.min(fleet.busyMiB, idleChargeMiB(fleet.invocable.memoryMiB, peakBytes)));
    instance.evictionClock = this.#evictionClock;
    this.#idle.add(instance, isUnused);
    this.#habits.rested(fleet.known, this.#parts.clock.monotonicMs());
  }

  /** Ends a busy instance. */
  discard(instance: Instance<Tenancy>, departure: Departure): void {
    this.#end(instance, departure);
    this.#vacated(instance);
  }

  /** True when it fits now. Otherwise room is being made, if it can be made at all. `keep` is not given up for it. */
  makeRoom(fleet: Fleet<Tenancy>, moreMiB: number, moreSandboxes: number, keep?: Instance<Tenancy>): boolean {
    const { budget, launches } = this.#parts;
    if (budget.fits(moreMiB, moreSandboxes)) return true;
    const idle = this.#leastWorthFirst(keep);
    const enough = victims(budget.shortage(moreMiB, moreSandboxes), idle);
    for (const { instance, priority } of enough ?? idle) {
      this.#evictionClock = Math.max(this.#evictionClock, priority);
      this.#idle.drop(instance, { kind: 'evicted' });
    }
    if (enough !== undefined) return false;
    const { missingMiB, missingSandboxes } = budget.shortage(moreMiB, moreSandboxes);
    launches.giveUp(Math.max(Math.ceil(missingMiB / SCALE.genericMiB), missingSandboxes), fleet.shelf);
    return false;
  }

  /** Room for a whole instance of it, as `makeRoom` makes it. */
  makeRoomFor(invocable: InvocableFunction): boolean {
    const fleet = this.fleetOf(invocable);
    const hasRoom = this.makeRoom(fleet, fleet.busyMiB, 1);
    this.forgetIfGone(fleet);
    return hasRoom;
  }

  provisionedOf(instanceKey: string): ReadonlySet<Instance<Tenancy>> {
    return this.#fleets.get(instanceKey)?.provisioned ?? NONE;
  }

  /** Nobody pays for so many of these any more: idle ones end now, those at work when they are done. */
  release(provisioned: ReadonlySet<Instance<Tenancy>>, count: number): void {
    const idleFirst = [...provisioned].sort((one, other) => rankOf(one) - rankOf(other));
    for (const instance of idleFirst.slice(0, count)) {
      instance.fleet.provisioned.delete(instance);
      if (instance.state.kind === 'idle') this.#idle.drop(instance, { kind: 'changed' });
      else instance.isLeaving = true;
    }
  }

  #leastWorthFirst(keep: Instance<Tenancy> | undefined): readonly Ranked<Tenancy>[] {
    const ranked: Ranked<Tenancy>[] = [];
    for (const { idle, busy, known, startMs } of this.#fleets.values())
      idle.forEach((instance, index) => {
        if (instance === keep || instance.purpose === 'provisioned') return;
        const uses = known.habit.uses(busy + idle.length - index);
        const { chargedMiB, evictionClock } = instance;
        ranked.push({ instance, chargedMiB, priority: priorityOf({ clock: evictionClock, uses, startMs, sizeMiB: chargedMiB }) });
      });
    return ranked.sort((one, other) => one.priority - other.priority);
  }

  /** Ends the idle instances that nobody is expected to use, and has one made ready where somebody is. */
  #review(known: Known): void {
    const { invocable, habit } = known;
    const nowMs = this.#parts.clock.monotonicMs();
    if (invocable === undefined) return;
    const fleet = this.#fleets.get(invocable.instanceKey);
    const spare = fleet?.idle.filter(({ purpose }) => purpose !== 'provisioned') ?? [];
    // Provisioned ones are there in any case: they take the first levels.
    const taken = fleet === undefined ? 0 : fleet.busy + fleet.idle.length - spare.length;
    const plan = planOf(habit, { busy: taken, idle: spare.length }, nowMs);
    for (const instance of spare.slice(0, Math.max(0, spare.length - plan.idle))) {
      assert(instance.state.kind === 'idle', 'it is on the stack of the idle ones');
      this.#idle.drop(instance, { kind: 'expired', idleMs: nowMs - instance.state.sinceMs });
    }
    for (let missing = plan.idle - spare.length; missing > 0; missing -= 1) {
      const ahead = this.fleetOf(invocable);
      this.#parts.startAhead(ahead);
      this.forgetIfGone(ahead);
    }
    if (plan.reviewAtMs !== undefined) this.#habits.reviewBy(known, plan.reviewAtMs);
  }

  /** Fleets that nobody uses cost nothing. */
  forgetIfGone(fleet: Fleet<Tenancy>): void {
    if (!fleet.settleIfGone() || this.#fleets.get(fleet.key) !== fleet) return;
    this.#fleets.delete(fleet.key);
    this.#habits.leave(fleet.known);
    this.#parts.shares.leave(fleet.share);
    this.#parts.launches.forget(fleet.shelf);
  }

  /** Ends the idle ones at once, and what still runs after the window; its holders see a crash. Resolves when all are released. */
  async close(windowMs: number): Promise<void> {
    this.#idle.close();
    this.#habits.close();
    if (this.#busy.size === 0) return;
    const { clock, log } = this.#parts;
    this.#allReleased = Promise.withResolvers();
    const window = clock.after(windowMs, () => {
      log.write('warn', 'pool.window-over', { running: this.#busy.size });
      for (const { sandbox } of this.#busy)
        sandbox.destroy().catch((cause: unknown) => log.write('error', 'sandbox.destroy-failed', { sandbox: sandbox.id, cause }));
    });
    await this.#allReleased.promise;
    window.cancel();
  }

  #occupied(instance: Instance<Tenancy>, held: Held): void {
    this.#charge(instance, instance.fleet.busyMiB);
    instance.held.push(held);
    instance.progressMs = this.#parts.clock.monotonicMs();
    const { lanes, known, share, busyMiB } = instance.fleet;
    share.change(busyMiB, instance.progressMs);
    lanes.push(instance);
    known.habit.rose(lanes.length, instance.progressMs);
    this.#busy.add(instance);
  }

  #vacated(instance: Instance<Tenancy>): void {
    const { lanes, known, share, busyMiB } = instance.fleet;
    const nowMs = this.#parts.clock.monotonicMs();
    share.change(-busyMiB, nowMs);
    known.habit.fell(lanes.length, nowMs);
    lanes.splice(lanes.lastIndexOf(instance), 1);
    this.#busy.delete(instance);
    if (this.#busy.size === 0) this.#allReleased?.resolve();
  }

  #charge(instance: Instance<Tenancy>, chargedMiB: number): void {
    this.#parts.budget.charge(chargedMiB - instance.chargedMiB, 0);
    instance.chargedMiB = chargedMiB;
  }

  /** A busy one's holder learns it by its outcome; an idle one has nobody but us. */
  #lost(instance: Instance<Tenancy>): void {
    if (instance.state.kind !== 'idle') return;
    this.#parts.log.write('warn', 'instance.lost-while-idle', { sandbox: instance.sandbox.id, instanceKey: instance.fleet.key });
    this.#idle.drop(instance, { kind: 'died', how: 'idle' });
  }

  #end(instance: Instance<Tenancy>, departure: Departure): void {
    assert(instance.state.kind !== 'ending', 'an instance ends once');
    instance.state = { kind: 'ending' };
    instance.fleet.provisioned.delete(instance);
    this.departures.note(instance.fleet.invocable.versionArn, departure);
    this.#parts.disposal.destroy(instance.sandbox, instance.chargedMiB, () => {
      instance.tenancy.close();
      instance.fleet.alive -= 1;
      this.forgetIfGone(instance.fleet);
    });
  }
}

const NONE: ReadonlySet<never> = new Set();

const rankOf = ({ state }: Instance<InstanceTenancy>): number => (state.kind === 'idle' ? 0 : 1);
