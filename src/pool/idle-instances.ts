// Every idle instance of the machine: keeps each fleet's stack of them in order, and freezes them.
// Owns: which are idle, and the alarm that freezes them.
// Never: decides how long one lives (keep-alive.ts does), or who makes room (greedy-dual.ts does).
// I1: an instance is known here exactly while its state is `idle`, and on its fleet's stack as long.
// I2: on a stack, provisioned instances lie above all others: whoever pays for them gets them first.

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
  readonly #all = new Set<Instance<Tenancy>>();
  /** A Set keeps the order of insertion, and an instance is put at its end each time it becomes idle. */
  readonly #unfrozen = new Set<Instance<Tenancy>>();
  readonly #freezeAlarm: Alarm;

  /** `end` destroys an instance that was taken out of here. */
  constructor({ clock, log, end }: { clock: Clock; log: Log; end: (instance: Instance<Tenancy>, departure: Departure) => void }) {
    this.#clock = clock;
    this.#log = log;
    this.#end = end;
    this.#freezeAlarm = new Alarm(clock, () => this.#freezeDue());
  }

  get count(): number {
    return this.#all.size;
  }

  /** `isUnused`: it was made ready for a call that has not come, so those that were used go before it. */
  add(instance: Instance<Tenancy>, isUnused = false): void {
    const sinceMs = this.#clock.monotonicMs();
    instance.state = { kind: 'idle', sinceMs, frozen: undefined };
    const { idle } = instance.fleet;
    idle.splice(placeOf(instance, idle, isUnused), 0, instance);
    this.#all.add(instance);
    this.#unfrozen.add(instance);
    this.#freezeAlarm.ringBy(sinceMs + SCALE.freezeAfterMs);
    const oldest = idle[0];
    if (idle.length > SCALE.idlePerKeyMax && oldest !== undefined && oldest.purpose !== 'provisioned')
      this.drop(oldest, { kind: 'evicted' });
  }

  /** Takes it out to be used again. Resolves later than at once only where it has to be thawed. */
  take(instance: Instance<Tenancy>): Promise<void> | undefined {
    assert(instance.state.kind === 'idle', 'I1');
    const { frozen } = instance.state;
    const { idle } = instance.fleet;
    if (idle.at(-1) === instance) idle.pop();
    else idle.splice(idle.indexOf(instance), 1);
    this.#all.delete(instance);
    this.#unfrozen.delete(instance);
    return frozen?.then(() => instance.sandbox.thaw());
  }

  /** Takes it out for good. */
  drop(instance: Instance<Tenancy>, departure: Departure): void {
    const { idle } = instance.fleet;
    idle.splice(idle.indexOf(instance), 1);
    this.#all.delete(instance);
    this.#unfrozen.delete(instance);
    this.#end(instance, departure);
  }

  close(): void {
    this.#freezeAlarm.cancel();
    for (const instance of this.#all) this.drop(instance, { kind: 'evicted' });
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
}

/** I2 */
function placeOf<Tenancy extends InstanceTenancy>(
  { purpose }: Instance<Tenancy>,
  idle: readonly Instance<Tenancy>[],
  isUnused: boolean,
): number {
  if (purpose === 'provisioned') return idle.length;
  if (isUnused) return 0;
  let place = idle.length;
  while (place > 0 && idle[place - 1]?.purpose === 'provisioned') place -= 1;
  return place;
}
