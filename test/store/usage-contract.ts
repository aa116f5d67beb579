// What UsageTotals do: a segment's piece is added once, whoever tries how often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageTotal } from '#store';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function usageContract(implementation: string, open: OpenStore): void {
  withStore(`usage totals on ${implementation}`, open, (store) => {
    test('what is folded is added up by day, meter and resource', async () => {
      const total: UsageTotal = { scope: freshScope(), day: '2026-11-20', meter: 'requests', resource: 'f', quantity: 2n };
      assert.equal(await store().usage.fold('added', 0, 10, [total, total, { ...total, resource: 'g' }]), true);
      assert.equal(
        await store().usage.fold('added', 10, 20, [
          { ...total, quantity: 5n },
          { ...total, day: '2026-11-21' },
        ]),
        true,
      );
      assert.equal(await store().usage.foldedTo('added'), 20);
      assert.deepEqual(await store().usage.totals(total.scope, '2026-11-20', '2026-11-21'), [
        { ...total, quantity: 9n },
        { ...total, resource: 'g' },
      ]);
    });

    test('a piece that was folded already is refused whole', async () => {
      const total: UsageTotal = { scope: freshScope(), day: '2026-11-20', meter: 'requests', resource: 'f', quantity: 1n };
      const folds = await Promise.all(Array.from({ length: 5 }, () => store().usage.fold('raced', 0, 10, [total])));
      assert.equal(folds.filter(Boolean).length, 1);
      assert.equal(await store().usage.fold('raced', 5, 15, [total]), false);
      assert.deepEqual(await store().usage.totals(total.scope, '2026', '2027'), [total]);
    });

    test('a quantity beyond what a float can hold stays exact', async () => {
      const total: UsageTotal = { scope: freshScope(), day: '2026-11-20', meter: 'm', resource: 'f', quantity: 2n ** 62n + 1n };
      await store().usage.fold('exact', 0, 1, [total, { ...total, quantity: 2n }]);
      assert.deepEqual(await store().usage.totals(total.scope, '2026', '2027'), [{ ...total, quantity: 2n ** 62n + 3n }]);
    });

    test('a sum beyond 64 bits is refused, and nothing of that fold is kept', async () => {
      const total: UsageTotal = { scope: freshScope(), day: '2026-11-20', meter: 'm', resource: 'f', quantity: 2n ** 62n };
      await assert.rejects(store().usage.fold('beyond', 0, 1, [total, total, total]));
      assert.equal(await store().usage.foldedTo('beyond'), 0);
      assert.deepEqual(await store().usage.totals(total.scope, '2026', '2027'), []);
    });
  });
}
