// Every instance of the machine and every fleet: founds them, keeps them occupied or at rest, and ends them.
// Owns: the fleets, the instances, and what the budget holds for each.
// I1: an instance serves one instance key, and then nobody.
// I2: memory is made from idle instances, least recently used first, then from parked sandboxes.

import assert from 'node:assert/strict';
import type { Clock, Log } from '#kernel';
import { sharedKeyOf } from '#registry';
import type { InvocableFunction } from '#registry';
import type { Sandbox } from '#sandbox';
import type { Budget } from './budget.ts';
import type { Disposal } from './disposal.ts';
import { Fleet } from './fleet.ts';
import { IdleInstances } from './idle-instances.ts';
import { Instance } from './instance.ts';
import type { Held, InstanceTenancy } from './instance.ts';
import type { Launches } from './launches.ts';
import { RetiredKeys } from './retired-keys.ts';
import { idleChargeMiB, SCALE, victims } from './scale.ts';
import { Departures } from './why.ts';
import type { Departure } from './why.ts';

interface Parts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: Budget;
  readonly disposal: Disposal;
  readonly launches: Launches;
  readonly openTenancy: (invocable: InvocableFunction, sandbox: Sandbox) => Tenancy;
}

export class Roster<Tenancy extends InstanceTenancy> {
  readonly #parts: Parts<Tenancy>;
  readonly #idle: IdleInstances<Tenancy>;
  readonly #fleets = new Map<string, Fleet<Tenancy>>();
  readonly #busy = new Set<Instance<Tenancy>>();
  readonly #retired = new RetiredKeys();
  /** What cold starts are explained by. */
  readonly departures = new Departures();
  #allReleased: PromiseWithResolvers<void> | undefined;

  constructor(parts: Parts<Tenancy>) {
    this.#parts = parts;
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
    });
    this.#fleets.set(fleet.key, fleet);
    // Resolved just before its key was retired: it is still served, and leaves nothing behind.
    if (this.#retired.has(sharedKeyOf(fleet.key))) void fleet.retire();
    return fleet;
  }

  /** No instance of this key is kept from now on. Resolves when nothing of them is left. */
  retire(instanceKey: string): Promise<void> {
    this.#retired.add(instanceKey);
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
    const tenancy = this.#parts.openTenancy(fleet.invocable, sandbox);
    const instance = new Instance({ fleet, sandbox, tenancy, chargedMiB: SCALE.genericMiB });
    fleet.alive += 1;
    this.#occupied(instance, held);
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
    this.#charge(instance, Math.min(instance.fleet.busyMiB, idleChargeMiB(instance.fleet.invocable.memoryMiB, peakBytes)));
    this.#idle.add(instance);
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
    const idle = [...this.#idle.leastRecentFirst()].filter((instance) => instance !== keep);
    const enough = victims(budget.shortage(moreMiB, moreSandboxes), idle);
    for (const instance of enough ?? idle) this.#idle.drop(instance, { kind: 'evicted' });
    if (enough !== undefined) return false;
    const { missingMiB, missingSandboxes } = budget.shortage(moreMiB, moreSandboxes);
    launches.giveUp(Math.max(Math.ceil(missingMiB / SCALE.genericMiB), missingSandboxes), fleet.shelf);
    return false;
  }

  /** Fleets that nobody uses cost nothing. */
  forgetIfGone(fleet: Fleet<Tenancy>): void {
    if (!fleet.settleIfGone() || this.#fleets.get(fleet.key) !== fleet) return;
    this.#fleets.delete(fleet.key);
    this.#parts.launches.forget(fleet.shelf);
  }

  /** Ends the idle ones at once, and what still runs after the window; its holders see a crash. Resolves when all are released. */
  async close(windowMs: number): Promise<void> {
    this.#idle.close();
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
    instance.fleet.lanes.push(instance);
    this.#busy.add(instance);
  }

  #vacated(instance: Instance<Tenancy>): void {
    const { lanes } = instance.fleet;
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
    this.departures.note(instance.fleet.invocable.versionArn, departure);
    this.#parts.disposal.destroy(instance.sandbox, instance.chargedMiB, () => {
      instance.tenancy.close();
      instance.fleet.alive -= 1;
      this.forgetIfGone(instance.fleet);
    });
  }
}
