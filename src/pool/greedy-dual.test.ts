// Who goes first when memory is short.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priorityOf } from './greedy-dual.ts';

const plain = { clock: 0, uses: 10, startMs: 100, sizeMiB: 100 };

test('the one goes that is larger, quicker to start again, used less, or used longer ago', () => {
  assert.ok(priorityOf({ ...plain, sizeMiB: 200 }) < priorityOf(plain));
  assert.ok(priorityOf({ ...plain, startMs: 50 }) < priorityOf(plain));
  assert.ok(priorityOf({ ...plain, uses: 5 }) < priorityOf(plain));
  assert.ok(priorityOf(plain) < priorityOf({ ...plain, clock: 1 }));
});

test('no merit lasts for ever: as others are evicted, the clock passes whoever is not used', () => {
  const precious = priorityOf({ ...plain, startMs: 3000 });
  let clock = 0;
  let evictions = 0;
  while (priorityOf({ ...plain, clock }) <= precious && evictions < 1000) {
    clock = priorityOf({ ...plain, clock });
    evictions += 1;
  }
  assert.ok(evictions > 1 && evictions < 100, `${evictions}`);
});
