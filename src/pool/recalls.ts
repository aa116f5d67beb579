// Takes invocations back that were sent ahead to an instance whose run does not end.
// Owns: the instances that have somebody behind a run, and the one alarm for all of them.
// I1: an invocation is taken back at most once from an instance; where it has begun meanwhile it stays.

import type { Clock } from '#kernel';
import { Alarm } from './alarm.ts';
import { stalledFromMs } from './dispatch.ts';
import type { Instance, InstanceTenancy } from './instance.ts';

export class Recalls<Tenancy extends InstanceTenancy> {
  readonly #clock: Clock;
  readonly #crowded = new Set<Instance<Tenancy>>();
  readonly #alarm: Alarm;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#recallStalled());
  }

  /** Somebody was sent behind a run of this instance. */
  watch(instance: Instance<Tenancy>): void {
    this.#crowded.add(instance);
    this.#alarm.ringBy(dueOf(instance));
  }

  close(): void {
    this.#alarm.cancel();
    this.#crowded.clear();
  }

  #recallStalled(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const instance of this.#crowded) {
      const behind = instance.held.slice(instance.fleet.invocable.instanceConcurrency);
      const dueMs = dueOf(instance);
      if (behind.length === 0) this.#crowded.delete(instance);
      else if (dueMs > nowMs) this.#alarm.ringBy(dueMs);
      else {
        this.#crowded.delete(instance);
        for (const held of behind) {
          if (held.isCalledBack || held.call.requestId === undefined) continue;
          held.isCalledBack = true;
          instance.sandbox.recall(held.call.requestId);
        }
      }
    }
  }
}

function dueOf({ progressMs, fleet }: Instance<InstanceTenancy>): number {
  return stalledFromMs({ progressMs, hasIdle: fleet.idle.length > 0, startMs: fleet.startMs });
}
