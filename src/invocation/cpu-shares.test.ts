// CPU time that is read now and then, shared among many.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, array, boolean, double, integer, property, record } from 'fast-check';
import { CpuShares } from './cpu-shares.ts';

test('one at a time, each read at its end, gets its own', () => {
  const shares = new CpuShares();
  assert.equal(shares.take(20, 5_000_000n), 5_000_000n);
  assert.equal(shares.take(1, 6_500_000n), 1_500_000n);
});

test('many between two readings share what the readings say by how long they ran', () => {
  const shares = new CpuShares();
  assert.equal(shares.take(1, 800_000n), 800_000n);
  for (let index = 0; index < 3; index += 1) assert.equal(shares.take(0.25, 800_000n), 0n, 'nothing is known of them yet');
  assert.equal(shares.take(0.25, 1_600_000n), 200_000n, 'a quarter of the time, a quarter of what was used in it');
  assert.deepEqual(
    [shares.take(0.5, 1_600_000n), shares.take(0.5, 1_600_000n), shares.take(0.5, 1_600_000n)],
    [400_000n, 200_000n, 0n],
  );
});

test('never more is given out than was used, and never less than nothing', () => {
  const run = record({
    ranMs: double({ min: 0, max: 50, noNaN: true }),
    used: integer({ min: 0, max: 60_000_000 }),
    isRead: boolean(),
  });
  assertProperty(
    property(array(run), (runs) => {
      const shares = new CpuShares();
      let [total, read, given] = [0n, 0n, 0n];
      for (const { ranMs, used, isRead } of runs) {
        total += BigInt(used);
        if (isRead) read = total;
        const share = shares.take(ranMs, read);
        assert.ok(share >= 0n);
        given += share;
        assert.ok(given <= read);
      }
    }),
  );
});
