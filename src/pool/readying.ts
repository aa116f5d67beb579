// Makes instances ready before anybody calls them: launched where no sandbox waits, specialised, their handler loaded, and laid to rest.
// Owns: what is being made ready.
// Never: evicts anything; whoever asks has seen to the room.
// I1: an instance that is being made ready is nobody's until it is: no invocation is given to it.

import assert from 'node:assert/strict';
import type { Clock, Log } from '#kernel';
import type { Sandbox } from '#sandbox';
import type { Budget } from './budget.ts';
import type { Fleet } from './fleet.ts';
import type { Initialised, Instance, InstanceTenancy, Purpose } from './instance.ts';
import type { Launches } from './launches.ts';
import type { Roster } from './roster.ts';
import { SCALE } from './scale.ts';

interface Parts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: Budget;
  readonly launches: Launches;
  readonly roster: Roster<Tenancy>;
  /** How many are made ready side by side. */
  readonly atOnce: number;
  /** One is there: somebody may wait for it. */
  readonly ready: () => void;
}

export class Readying<Tenancy extends InstanceTenancy> {
  readonly #parts: Parts<Tenancy>;
  readonly #starting = new Set<Instance<Tenancy>>();
  readonly #pending = new Set<Promise<Initialised>>();
  #closed = false;

  constructor(parts: Parts<Tenancy>) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#pending.size >= this.#parts.atOnce;
  }

  /** For a call that is expected, where there is room and nothing better to do: who may come has no right against who came. */
  beginAhead(fleet: Fleet<Tenancy>): void {
    const { atOnce, budget, launches } = this.#parts;
    if (this.#pending.size + launches.underWay < atOnce && budget.fits(fleet.busyMiB, 1)) void this.begin(fleet, 'ahead');
  }

  /** Never rejects: what went wrong is said, in words for the operator. */
  begin(fleet: Fleet<Tenancy>, purpose: Exclude<Purpose, 'on-demand'>): Promise<Initialised> {
    assert(!this.#closed, 'nothing is started after the end');
    // It stays known while its first instance is on its way.
    fleet.alive += 1;
    // What it will be charged is held for it from now on.
    const heldMiB = fleet.busyMiB - SCALE.genericMiB;
    this.#parts.budget.charge(heldMiB, 0);
    const making = this.#make(fleet, purpose, heldMiB)
      .catch((cause: unknown): Initialised => {
        this.#parts.log.write('error', 'instance.not-ready', { instanceKey: fleet.key, purpose, cause });
        return { kind: 'failed', reason: 'No instance could be started.' };
      })
      .finally(() => {
        this.#pending.delete(making);
        fleet.alive -= 1;
        this.#parts.roster.forgetIfGone(fleet);
        if (!this.#closed) this.#parts.ready();
      });
    this.#pending.add(making);
    return making;
  }

  /** Resolves when nothing is being made ready any more; what is, dies. */
  async close(): Promise<void> {
    this.#closed = true;
    const { log } = this.#parts;
    for (const { sandbox } of this.#starting)
      sandbox.destroy().catch((cause: unknown) => log.write('error', 'sandbox.destroy-failed', { sandbox: sandbox.id, cause }));
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #make(fleet: Fleet<Tenancy>, purpose: Purpose, heldMiB: number): Promise<Initialised> {
    const { roster } = this.#parts;
    const sandbox = await this.#sandboxOf(fleet).finally(() => this.#parts.budget.charge(-heldMiB, 0));
    const instance = roster.adopt(fleet, sandbox, purpose);
    if (this.#closed || fleet.retired) {
      roster.abandon(instance, { kind: 'changed' });
      return { kind: 'failed', reason: 'It was no longer wanted.' };
    }
    this.#starting.add(instance);
    try {
      const initialised = await instance.tenancy.initialise(sandbox);
      const isWanted = initialised.kind === 'ready' && !this.#closed && !fleet.retired;
      if (isWanted) roster.settle(instance, initialised);
      else roster.abandon(instance, initialised.kind === 'ready' ? { kind: 'changed' } : { kind: 'died', how: 'init' });
      return initialised;
    } catch (cause) {
      roster.abandon(instance, { kind: 'died', how: 'init' });
      throw cause;
    } finally {
      this.#starting.delete(instance);
    }
  }

  async #sandboxOf({ shelf }: Fleet<Tenancy>): Promise<Sandbox> {
    const { clock, launches } = this.#parts;
    const parked = shelf.take(clock.monotonicMs());
    if (parked === undefined) return launches.launchOne(shelf);
    launches.refill();
    return parked.sandbox;
  }
}
