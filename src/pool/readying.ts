// Makes instances ready before anybody calls them: launched where no sandbox waits, specialised, their handler loaded, and laid to rest.
// Owns: what is being made ready.
// Never: evicts anything; whoever asks has seen to the room.
// I1: an instance that is being made ready is nobody's until it is: no invocation is given to it.

import assert from 'node:assert/strict';
import type { Clock, Log } from '#kernel';
import type { Sandbox } from '#sandbox';
import type { Fleet } from './fleet.ts';
import type { Initialised, Instance, InstanceTenancy, Purpose } from './instance.ts';
import type { Launches } from './launches.ts';
import type { Roster } from './roster.ts';

interface Parts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly launches: Launches;
  readonly roster: Roster<Tenancy>;
}

export class Readying<Tenancy extends InstanceTenancy> {
  readonly #parts: Parts<Tenancy>;
  readonly #starting = new Set<Instance<Tenancy>>();
  readonly #pending = new Set<Promise<Initialised>>();
  #closed = false;

  constructor(parts: Parts<Tenancy>) {
    this.#parts = parts;
  }

  /** Launches and loadings that are under way. */
  get count(): number {
    return this.#pending.size;
  }

  /** Never rejects: what went wrong is said, in words for the operator. */
  begin(fleet: Fleet<Tenancy>, purpose: Exclude<Purpose, 'on-demand'>): Promise<Initialised> {
    assert(!this.#closed, 'nothing is started after the end');
    // It stays known while its first instance is on its way.
    fleet.alive += 1;
    const making = this.#make(fleet, purpose)
      .catch((cause: unknown): Initialised => {
        this.#parts.log.write('error', 'instance.not-ready', { instanceKey: fleet.key, purpose, cause });
        return { kind: 'failed', reason: 'No instance could be started.' };
      })
      .finally(() => {
        this.#pending.delete(making);
        fleet.alive -= 1;
        this.#parts.roster.forgetIfGone(fleet);
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

  async #make(fleet: Fleet<Tenancy>, purpose: Purpose): Promise<Initialised> {
    const { clock, launches, roster } = this.#parts;
    const parked = fleet.shelf.take(clock.monotonicMs());
    const sandbox: Sandbox = parked === undefined ? await launches.launchOne(fleet.shelf) : parked.sandbox;
    if (parked !== undefined) launches.refill();
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
}
