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

const DAY_MS = 86_400_000;

/** Adds up what is metered, by scope, UTC day, meter and function version. Once a record, so it is written for speed: 0.7 µs. */
export class Tally {
  readonly #sums = new Map<string, Sum>();

  add(record: UsageRecord): void {
    const { scope, functionName, functionVersion } = record;
    // An attempt belongs to the day on which it began.
    const day = Math.floor(record.startedAtMs / DAY_MS);
    const key = `${day} ${scope.account} ${scope.region} ${functionName} ${functionVersion}`;
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { scope, day, resource: resourceOf(record), quantities: quantitiesOf(record) });
    else sum.quantities = plus(sum.quantities, quantitiesOf(record));
  }

  totals(): readonly UsageTotal[] {
    return [...this.#sums.values()].flatMap(({ scope, day, resource, quantities }) =>
      (Object.entries(quantities) as [Meter, bigint][])
        .filter(([, quantity]) => quantity > 0n)
        .map(([meter, quantity]) => ({ scope, day: dayText(day), meter: METERS[meter], resource, quantity })),
    );
  }
}

interface Sum {
  readonly scope: Scope;
  /** Since 1970. */
  readonly day: number;
  readonly resource: string;
  quantities: Quantities;
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function plus(left: Quantities, right: Quantities): Quantities {
  return {
    requests: left.requests + right.requests,
    run: left.run + right.run,
    init: left.init + right.init,
    ephemeral: left.ephemeral + right.ephemeral,
    billed: left.billed + right.billed,
  };
}

export function resourceOf({ functionName, functionVersion }: Pick<UsageRecord, 'functionName' | 'functionVersion'>): string {
  return `${functionName}:${functionVersion}`;
}

/** Names of functions hold no colon. */
export function functionNameOf(resource: string): string {
  return resource.slice(0, resource.lastIndexOf(':'));
}
