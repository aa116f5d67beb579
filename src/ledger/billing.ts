// From quantities to money. Every line (one meter of one function in one month) is rounded once, half up, to a whole nano-dollar,
// and every sum is the sum of the rounded lines: a bill adds up for whoever checks it with a pencil.

import type { Scope } from '#kernel';
import type { UsageTotal } from '#store';
import { functionNameOf, METERS, plus, quantitiesOf, type Meter, type Quantities } from './meters.ts';
import type { PriceBook } from './price-book.ts';
import type { UsageRecord } from './usage-record.ts';

/** Whole nano-dollars. */
export interface Charge {
  readonly requestsNanos: bigint;
  readonly runNanos: bigint;
  readonly initNanos: bigint;
  readonly ephemeralNanos: bigint;
  readonly totalNanos: bigint;
}

export interface FunctionBill {
  readonly functionName: string;
  readonly quantities: Quantities;
  readonly charge: Charge;
}

export interface Credit {
  readonly what: 'free requests' | 'free GB-seconds';
  /** Requests, or MiB·ms. */
  readonly quantity: bigint;
  readonly nanos: bigint;
}

export interface Bill {
  readonly scope: Scope;
  /** `2026-11`, in UTC. */
  readonly month: string;
  readonly currency: 'USD';
  readonly priceBook: string;
  /** By name. */
  readonly functions: readonly FunctionBill[];
  readonly quantities: Quantities;
  /** The sum of the functions' charges. */
  readonly charge: Charge;
  readonly credits: readonly Credit[];
  /** The charge less the credits. */
  readonly totalNanos: bigint;
}

export interface BillParts {
  readonly scope: Scope;
  readonly month: string;
  readonly totals: readonly UsageTotal[];
  readonly prices: PriceBook;
  readonly freeTier: boolean;
}

export function billOf({ scope, month, totals, prices, freeTier }: BillParts): Bill {
  const functions = Array.from(quantitiesByFunction(totals), ([functionName, quantities]) => ({
    functionName,
    quantities,
    charge: chargeOf(quantities, prices),
  })).sort((left, right) => (left.functionName < right.functionName ? -1 : 1));
  const quantities = functions.reduce((sum, one) => plus(sum, one.quantities), NOTHING);
  const charge = functions.reduce((sum, one) => plusCharge(sum, one.charge), NO_CHARGE);
  const credits = freeTier ? creditsOf(quantities, charge, prices) : [];
  const totalNanos = credits.reduce((left, { nanos }) => left - nanos, charge.totalNanos);
  return { scope, month, currency: prices.currency, priceBook: prices.name, functions, quantities, charge, credits, totalNanos };
}

/** What one attempt costs by itself. Rounded by itself too, so many of these need not add up to the bill. */
export function chargeOfRecord(record: UsageRecord, prices: PriceBook): Charge {
  return chargeOf(quantitiesOf(record), prices);
}

export function chargeOf({ requests, run, init, ephemeral }: Quantities, { lambda }: PriceBook): Charge {
  const requestsNanos = priced(requests, MILLION, lambda.nanosPerMillionRequests);
  const runNanos = priced(run, MILLION_GB_SECONDS, lambda.nanosPerMillionGbSeconds);
  const initNanos = priced(init, MILLION_GB_SECONDS, lambda.nanosPerMillionGbSeconds);
  const ephemeralNanos = priced(ephemeral, MILLION_GB_SECONDS, lambda.nanosPerMillionEphemeralGbSeconds);
  const totalNanos = requestsNanos + runNanos + initNanos + ephemeralNanos;
  return { requestsNanos, runNanos, initNanos, ephemeralNanos, totalNanos };
}

const MILLION = 1_000_000n;
const MIB_MS_PER_GB_SECOND = 1024n * 1000n;
const MILLION_GB_SECONDS = MILLION * MIB_MS_PER_GB_SECOND;
const NOTHING: Quantities = { requests: 0n, run: 0n, init: 0n, ephemeral: 0n, billed: 0n };
const NO_CHARGE: Charge = { requestsNanos: 0n, runNanos: 0n, initNanos: 0n, ephemeralNanos: 0n, totalNanos: 0n };

/** `nanos` for `perUnits` of them; half a nano-dollar is rounded up. */
function priced(quantity: bigint, perUnits: bigint, nanos: number): bigint {
  return (2n * quantity * BigInt(nanos) + perUnits) / (2n * perUnits);
}

function quantitiesByFunction(totals: readonly UsageTotal[]): ReadonlyMap<string, Quantities> {
  const meters = new Map(Object.entries(METERS).map(([meter, name]) => [name, meter as Meter]));
  const functions = new Map<string, Quantities>();
  for (const { meter: name, resource, quantity } of totals) {
    const meter = meters.get(name as (typeof METERS)[Meter]);
    // Another room's meter, such as storage: not on this bill.
    if (meter === undefined) continue;
    const functionName = functionNameOf(resource);
    const found = functions.get(functionName) ?? NOTHING;
    functions.set(functionName, { ...found, [meter]: found[meter] + quantity });
  }
  return functions;
}

function creditsOf(quantities: Quantities, charge: Charge, { lambda }: PriceBook): readonly Credit[] {
  const requests = least(quantities.requests, BigInt(lambda.freeRequests));
  const compute = least(quantities.run + quantities.init, BigInt(lambda.freeGbSeconds) * MIB_MS_PER_GB_SECOND);
  // Lines are rounded one by one and the credit once, so it could exceed them by a nano-dollar or two.
  const requestsNanos = least(priced(requests, MILLION, lambda.nanosPerMillionRequests), charge.requestsNanos);
  const computeNanos = least(
    priced(compute, MILLION_GB_SECONDS, lambda.nanosPerMillionGbSeconds),
    charge.runNanos + charge.initNanos,
  );
  return [
    { what: 'free requests', quantity: requests, nanos: requestsNanos },
    { what: 'free GB-seconds', quantity: compute, nanos: computeNanos },
  ];
}

function plusCharge(left: Charge, right: Charge): Charge {
  return {
    requestsNanos: left.requestsNanos + right.requestsNanos,
    runNanos: left.runNanos + right.runNanos,
    initNanos: left.initNanos + right.initNanos,
    ephemeralNanos: left.ephemeralNanos + right.ephemeralNanos,
    totalNanos: left.totalNanos + right.totalNanos,
  };
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
