// Sets of indexes as text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readRanges, writeRanges } from './index-ranges.ts';

test('neighbours are a range', () => {
  assert.equal(writeRanges([7, 0, 2, 1, 4]), '0-2,4,7');
  assert.equal(writeRanges([]), '');
});

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (indexes) => {
      assert.deepEqual(
        readRanges(writeRanges(indexes)),
        indexes.toSorted((left, right) => left - right),
      );
    }),
  );
});
