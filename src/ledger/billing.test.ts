// Money: the prices, the rounding, and that a bill adds up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { UsageTotal } from '#store';
import { usageRecord } from '../../test/support/usage-records.ts';
import { billOf, chargeOf, chargeOfRecord } from './billing.ts';
import { dollars } from './dollars.ts';
import { METERS, quantitiesOf, Tally, type Meter } from './meters.ts';
import { AWS_PRICES, parsePriceBook } from './price-book.ts';

const { scope } = usageRecord();

test('AWS’s own example: 3 million requests of 120 ms at 1536 MB cost $2.70 after the free tier', () => {
  // https://aws.amazon.com/lambda/pricing/ ("Example 1: Mobile application backend")
  const totals = totalsOf({ requests: 3_000_000n, run: 3_000_000n * 120n * 1536n });
  const bill = billOf({ scope, month: '2026-11', totals, prices: AWS_PRICES, freeTier: true });
  assert.equal(dollars(bill.charge.runNanos), '$9.000018');
  assert.deepEqual(
    bill.credits.map(({ what, nanos }) => [what, dollars(nanos)]),
    [
      ['free requests', '$0.20'],
      ['free GB-seconds', '$6.66668'],
    ],
  );
  assert.equal(dollars(bill.totalNanos), '$2.733338');
});

test('without the free tier everything is charged', () => {
  const totals = totalsOf({ requests: 3_000_000n, run: 3_000_000n * 120n * 1536n });
  const bill = billOf({ scope, month: '2026-11', totals, prices: AWS_PRICES, freeTier: false });
  assert.deepEqual(bill.credits, []);
  assert.equal(dollars(bill.totalNanos), '$9.600018');
});

test('a line is rounded half up to a whole nano-dollar', () => {
  const half = { ...AWS_PRICES, lambda: { ...AWS_PRICES.lambda, nanosPerMillionRequests: 500_000 } };
  const charge = (requests: bigint): bigint =>
    chargeOf({ requests, run: 0n, init: 0n, ephemeral: 0n, billed: 0n }, half).requestsNanos;
  assert.deepEqual([0n, 1n, 2n, 3n, 4n].map(charge), [0n, 1n, 1n, 2n, 2n]);
});

test('the init phase is billed, and shown apart from the run', () => {
  const record = usageRecord({ initMs: 200.2, durationMs: 99.5, billedMs: 300, memoryMiB: 1024 });
  assert.deepEqual(quantitiesOf(record), { requests: 1n, run: 102_400n, init: 204_800n, ephemeral: 0n, billed: 300n });
  const charge = chargeOfRecord(record, AWS_PRICES);
  assert.deepEqual([charge.requestsNanos, charge.runNanos, charge.initNanos, charge.totalNanos], [200n, 1667n, 3333n, 5200n]);
});

test('ephemeral storage is charged above 512 MiB', () => {
  const record = usageRecord({ billedMs: 1000, durationMs: 1000, ephemeralMiB: 512 + 1024 });
  assert.equal(quantitiesOf(record).ephemeral, 1_024_000n);
  assert.equal(chargeOfRecord(record, AWS_PRICES).ephemeralNanos, 31n);
  assert.equal(quantitiesOf(usageRecord({ ephemeralMiB: 512 })).ephemeral, 0n);
});

test('run and init always make up what is billed', () => {
  fc.assert(
    fc.property(
      fc.float({ min: 0, max: 900_000, noNaN: true }),
      fc.float({ min: 0, max: 10_000, noNaN: true }),
      (durationMs, initMs) => {
        const billedMs = Math.max(1, Math.ceil(initMs + durationMs));
        const { run, init, billed } = quantitiesOf(usageRecord({ durationMs, initMs, billedMs, memoryMiB: 128 }));
        assert.equal(run + init, billed * 128n);
        assert(run >= 0n && init >= 0n);
      },
    ),
  );
});

test('whatever the usage, the bill adds up: total = lines − credits, never below nothing', () => {
  const quantity = fc.bigInt({ min: 0n, max: 10n ** 15n });
  const total = fc.record({
    meter: fc.constantFrom(...Object.values(METERS)),
    resource: fc.constantFrom('a:1', 'a:2', 'b:$LATEST'),
    quantity,
  });
  fc.assert(
    fc.property(fc.array(total), fc.boolean(), (lines, freeTier) => {
      const totals = lines.map((line): UsageTotal => ({ ...line, scope, day: '2026-11-20' }));
      const bill = billOf({ scope, month: '2026-11', totals, prices: AWS_PRICES, freeTier });
      const charged = bill.functions.reduce((sum, { charge }) => sum + charge.totalNanos, 0n);
      assert.equal(charged, bill.charge.totalNanos);
      assert.equal(bill.totalNanos, charged - bill.credits.reduce((sum, { nanos }) => sum + nanos, 0n));
      assert(bill.totalNanos >= 0n);
      const asked = (meter: Meter): bigint =>
        totals.reduce((sum, one) => sum + (one.meter === METERS[meter] ? one.quantity : 0n), 0n);
      for (const meter of Object.keys(METERS) as Meter[]) assert.equal(bill.quantities[meter], asked(meter));
    }),
  );
});

test('an attempt belongs to the UTC day on which it began', () => {
  const tally = new Tally();
  tally.add(usageRecord({ startedAtMs: Date.UTC(2026, 10, 30, 23, 59, 59, 999), billedMs: 5000 }));
  tally.add(usageRecord({ startedAtMs: Date.UTC(2026, 11, 1) }));
  const days = tally.totals().filter(({ meter }) => meter === METERS.requests);
  assert.deepEqual(
    days.map(({ day }) => day),
    ['2026-11-30', '2026-12-01'],
  );
});

test('a price book is read from JSON, and one that is wrong says where', () => {
  assert.deepEqual(parsePriceBook(JSON.stringify(AWS_PRICES), 'prices.json'), AWS_PRICES);
  const wrong = { ...AWS_PRICES, lambda: { ...AWS_PRICES.lambda, nanosPerMillionRequests: 0.5 }, extra: true };
  assert.throws(
    () => parsePriceBook(JSON.stringify(wrong), 'prices.json'),
    /prices\.json cannot be used:[^]*extra[^]*nanosPerMillionRequests|prices\.json cannot be used:[^]*nanosPerMillionRequests[^]*extra/,
  );
  assert.throws(() => parsePriceBook('{', 'prices.json'), /prices\.json is no JSON/);
});

test('nano-dollars are written exactly', () => {
  assert.deepEqual([0n, 1n, 200n, 12_500_000_000n, -1_230_000_000n, 10n ** 9n].map(dollars), [
    '$0.00',
    '$0.000000001',
    '$0.0000002',
    '$12.50',
    '-$1.23',
    '$1.00',
  ]);
});

function totalsOf(quantities: Partial<Record<Meter, bigint>>): readonly UsageTotal[] {
  return (Object.entries(quantities) as [Meter, bigint][]).map(([meter, quantity]) => ({
    scope,
    day: '2026-11-20',
    meter: METERS[meter],
    resource: 'backend:1',
    quantity,
  }));
}
