// Makes provisioned concurrency true: reads what was asked for, finds the function versions behind it, and tells the pool how many of each there shall be.
// Owns: which instance keys each function has in the pool's books.
// I1: what one reading of a function found is replaced by what the next one finds, as a whole; readings of one function never overlap.

import type { FunctionName, Log, Scope } from '#kernel';
import { ApiError } from '#kernel';
import type { Pool, ProvisionedState } from '#pool';
import type { Invocables, InvocableFunction } from '#registry';
import type { Tenancy } from './tenancy.ts';

export interface ProvisioningParts {
  readonly invocables: Pick<Invocables, 'resolve' | 'provisionedConcurrency'>;
  readonly pool: Pick<Pool<Tenancy>, 'provision' | 'provisionedState'>;
  readonly log: Log;
}

/** One version that has instances for a qualifier. */
interface Share {
  readonly qualifier: string;
  readonly invocable: InvocableFunction;
  readonly count: number;
}

interface Followed {
  shares: readonly Share[];
  /** Why some of what was asked for has no version to go to. */
  failures: ReadonlyMap<string, string>;
  reading: Promise<void>;
  /** Readings that have not ended. */
  readings: number;
}

export class Provisioning {
  readonly #parts: ProvisioningParts;
  readonly #followed = new Map<string, Followed>();
  #closed = false;

  constructor(parts: ProvisioningParts) {
    this.#parts = parts;
    parts.invocables.provisionedConcurrency.onChanged((scope, name) => this.#follow(scope, name));
  }

  /** Brings up what was asked for before this process began. */
  async start(): Promise<void> {
    for await (const { scope, name } of this.#parts.invocables.provisionedConcurrency.functions()) this.#follow(scope, name);
  }

  close(): void {
    this.#closed = true;
  }

  stateOf(scope: Scope, name: FunctionName, qualifier: string): ProvisionedState {
    const followed = this.#followed.get(idOf(scope, name));
    // Something has changed: what was true of the old versions says nothing of the new ones.
    if (followed !== undefined && followed.readings > 0) return { allocated: 0, available: 0, failure: undefined };
    const state = { allocated: 0, available: 0, failure: followed?.failures.get(qualifier) };
    for (const { qualifier: own, invocable, count } of followed?.shares ?? []) {
      if (own !== qualifier) continue;
      const pooled = this.#parts.pool.provisionedState(invocable.instanceKey);
      // Two aliases of one version share its instances: the first ones are counted for each.
      state.allocated += Math.min(count, pooled.allocated);
      state.available += Math.min(count, pooled.available);
      state.failure ??= pooled.failure;
    }
    return state;
  }

  #follow(scope: Scope, name: FunctionName): void {
    const id = idOf(scope, name);
    const known: Followed = this.#followed.get(id) ?? { shares: [], failures: new Map(), reading: Promise.resolve(), readings: 0 };
    this.#followed.set(id, known);
    known.readings += 1;
    known.reading = known.reading
      .then(() => this.#read(known, scope, name))
      .catch((cause: unknown) => this.#parts.log.write('error', 'provisioned.not-read', { function: name, cause }))
      .finally(() => {
        known.readings -= 1;
        // Most functions have none, and cost nothing here.
        if (known.readings === 0 && known.shares.length === 0 && known.failures.size === 0) this.#followed.delete(id);
      });
  }

  async #read(known: Followed, scope: Scope, name: FunctionName): Promise<void> {
    const { invocables, pool } = this.#parts;
    const shares: Share[] = [];
    const failures = new Map<string, string>();
    for (const { qualifier, version, count } of await invocables.provisionedConcurrency.targets(scope, name))
      try {
        shares.push({ qualifier, count, invocable: await invocables.resolve(scope, { name, qualifier: version }) });
      } catch (error) {
        // Not ready yet, or gone just now: its next change brings us back.
        if (!(error instanceof ApiError)) throw error;
        failures.set(qualifier, error.message);
      }
    if (this.#closed) return;
    const wanted = new Map<string, { invocable: InvocableFunction; count: number }>();
    for (const { invocable } of known.shares) wanted.set(invocable.instanceKey, { invocable, count: 0 });
    for (const { invocable, count } of shares) {
      const before = wanted.get(invocable.instanceKey)?.count ?? 0;
      wanted.set(invocable.instanceKey, { invocable, count: before + count });
    }
    known.shares = shares;
    known.failures = failures;
    for (const { invocable, count } of wanted.values()) pool.provision(invocable, count);
  }
}

const idOf = ({ account, region }: Scope, name: FunctionName) => `${account}/${region}/${name}`;
