// What is counted of a record, in whole units that add up exactly: requests, and memory times time in MiB milliseconds.

import type { Scope } from '#kernel';
import type { UsageTotal } from '#store';
import type { UsageRecord } from './usage-record.ts';

export const METERS = {
  requests: 'lambda:requests',
  /** Memory while the handler ran, in MiB·ms. */
  run: 'lambda:run-mib-ms',
  /** Memory while the handler was loaded, in MiB·ms. Billed like the run and shown apart. */
  init: 'lambda:init-mib-ms',
  /** Ephemeral storage above the 512 MiB that come with every function, in MiB·ms. */
  ephemeral: 'lambda:ephemeral-mib-ms',
  billed: 'lambda:billed-ms',
} as const;

export type Meter = keyof typeof METERS;
export type Quantities = Readonly<Record<Meter, bigint>>;

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
const INCLUDED_EPHEMERAL_MIB = 512;

export function quantitiesOf(record: UsageRecord): Quantities {
  const billed = BigInt(record.billedMs);
  // What the whole milliseconds of the run leave over is the init phase: the two always make up what is billed.
  const run = BigInt(Math.min(record.billedMs, Math.ceil(record.durationMs)));
  const memory = BigInt(record.memoryMiB);
  return {
    requests: 1n,
    run: run * memory,
    init: (billed - run) * memory,
    ephemeral: billed * BigInt(Math.max(0, record.ephemeralMiB - INCLUDED_EPHEMERAL_MIB)),
    billed,
  };
}

/** In UTC, by when the attempt began. */
export function dayOf(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 10);
}

/** Adds up what is metered, by scope, day, meter and function version. */
export class Tally {
  readonly #totals = new Map<string, { readonly total: Omit<UsageTotal, 'quantity'>; quantity: bigint }>();

  add(record: UsageRecord): void {
    const day = dayOf(record.startedAtMs);
    const resource = resourceOf(record);
    for (const [meter, quantity] of Object.entries(quantitiesOf(record)) as [Meter, bigint][]) {
      if (quantity > 0n) this.#add({ scope: record.scope, day, meter: METERS[meter], resource }, quantity);
    }
  }

  totals(): readonly UsageTotal[] {
    return Array.from(this.#totals.values(), ({ total, quantity }) => ({ ...total, quantity }));
  }

  #add(total: Omit<UsageTotal, 'quantity'>, quantity: bigint): void {
    const key = keyOf(total.scope, total.day, total.meter, total.resource);
    const found = this.#totals.get(key);
    if (found === undefined) this.#totals.set(key, { total, quantity });
    else found.quantity += quantity;
  }
}

function keyOf(scope: Scope, ...rest: readonly string[]): string {
  return [scope.account, scope.region, ...rest].join(' ');
}

export function resourceOf({ functionName, functionVersion }: Pick<UsageRecord, 'functionName' | 'functionVersion'>): string {
  return `${functionName}:${functionVersion}`;
}

/** Names of functions hold no colon. */
export function functionNameOf(resource: string): string {
  return resource.slice(0, resource.lastIndexOf(':'));
}
