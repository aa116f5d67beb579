// Every idle instance of the machine, least recently used first: freezes them, lets them go, and says who goes first.
// Owns: the order, and the two alarms (freeze, expiry) for all of them.
// I1: an instance is in the order exactly while its state is `idle`, and on its fleet's stack as long.

import assert from 'node:assert/strict';
import type { Clock, Log } from '#kernel';
import { Alarm } from './alarm.ts';
import type { Instance, InstanceTenancy } from './instance.ts';
import { SCALE } from './scale.ts';
import type { Departure } from './why.ts';

export class IdleInstances<Tenancy extends InstanceTenancy> {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #end: (instance: Instance<Tenancy>, departure: Departure) => void;
  /** A Set keeps the order of insertion, and an instance is put at its end each time it becomes idle. */
  readonly #order = new Set<Instance<Tenancy>>();
  readonly #unfrozen = new Set<Instance<Tenancy>>();
  readonly #freezeAlarm: Alarm;
  readonly #expiryAlarm: Alarm;

  /** `end` destroys an instance that was taken out of here. */
  constructor({ clock, log, end }: { clock: Clock; log: Log; end: (instance: Instance<Tenancy>, departure: Departure) => void }) {
    this.#clock = clock;
    this.#log = log;
    this.#end = end;
    this.#freezeAlarm = new Alarm(clock, () => this.#freezeDue());
    this.#expiryAlarm = new Alarm(clock, () => this.#expireDue());
  }

  get count(): number {
    return this.#order.size;
  }

  leastRecentFirst(): Iterable<Instance<Tenancy>> {
    return this.#order;
  }

  add(instance: Instance<Tenancy>): void {
    const sinceMs = this.#clock.monotonicMs();
    instance.state = { kind: 'idle', sinceMs, frozen: undefined };
    instance.fleet.idle.push(instance);
    this.#order.add(instance);
    this.#unfrozen.add(instance);
    this.#freezeAlarm.ringBy(sinceMs + SCALE.freezeAfterMs);
    this.#expiryAlarm.ringBy(sinceMs + SCALE.keepAliveMs);
    const oldest = instance.fleet.idle[0];
    if (oldest !== undefined && instance.fleet.idle.length > SCALE.idlePerKeyMax) this.drop(oldest, { kind: 'evicted' });
  }

  /** Takes it out to be used again. Resolves later than at once only where it has to be thawed. */
  take(instance: Instance<Tenancy>): Promise<void> | undefined {
    assert(instance.state.kind === 'idle', 'I1');
    const { frozen } = instance.state;
    const { idle } = instance.fleet;
    if (idle.at(-1) === instance) idle.pop();
    else idle.splice(idle.indexOf(instance), 1);
    this.#order.delete(instance);
    this.#unfrozen.delete(instance);
    return frozen?.then(() => instance.sandbox.thaw());
  }

  /** Takes it out for good. */
  drop(instance: Instance<Tenancy>, departure: Departure): void {
    const { idle } = instance.fleet;
    idle.splice(idle.indexOf(instance), 1);
    this.#order.delete(instance);
    this.#unfrozen.delete(instance);
    this.#end(instance, departure);
  }

  close(): void {
    this.#freezeAlarm.cancel();
    this.#expiryAlarm.cancel();
    for (const instance of this.#order) this.drop(instance, { kind: 'evicted' });
  }

  #freezeDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const instance of this.#unfrozen) {
      assert(instance.state.kind === 'idle', 'I1');
      const dueMs = instance.state.sinceMs + SCALE.freezeAfterMs;
      if (dueMs > nowMs) {
        this.#freezeAlarm.ringBy(dueMs);
        return;
      }
      this.#unfrozen.delete(instance);
      this.#freeze(instance, instance.state);
    }
  }

  #freeze(instance: Instance<Tenancy>, idle: { frozen: Promise<void> | undefined }): void {
    const frozen = instance.sandbox.freeze();
    idle.frozen = frozen;
    frozen.catch((cause: unknown) => {
      // Whoever took it meanwhile sees the same rejection and deals with it.
      if (instance.state !== idle) return;
      this.#log.write('warn', 'instance.freeze-failed', { sandbox: instance.sandbox.id, cause });
      this.drop(instance, { kind: 'died', how: 'freeze' });
    });
  }

  #expireDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const instance of this.#order) {
      assert(instance.state.kind === 'idle', 'I1');
      const dueMs = instance.state.sinceMs + SCALE.keepAliveMs;
      if (dueMs > nowMs) {
        this.#expiryAlarm.ringBy(dueMs);
        return;
      }
      this.drop(instance, { kind: 'expired', idleMs: nowMs - instance.state.sinceMs });
    }
  }
}
