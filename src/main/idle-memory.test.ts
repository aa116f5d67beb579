// Memory is given back when a load is over: once, and not while something goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { collector, watchIdleMemory } from './idle-memory.ts';

test('memory is given back once after a load, when nothing goes on any more', async () => {
  const clock = new FakeClock();
  let used = 0;
  let collections = 0;
  const watch = watchIdleMemory({ clock, utilization: () => used, collect: () => void collections++ });
  const pass = async (utilization: number): Promise<number> => {
    used = utilization;
    await clock.advance(2000);
    return collections;
  };
  assert.equal(await pass(0), 0);
  assert.equal(await pass(0.9), 0);
  // Not while something still goes on.
  assert.equal(await pass(0.1), 0);
  assert.equal(await pass(0.01), 1);
  assert.equal(await pass(0), 1);
  assert.equal(await pass(0.3), 1);
  assert.equal(await pass(0), 2);
  watch.close();
  assert.equal(clock.pendingTimers, 0);
});

test('the collector collects', () => {
  const collect = collector();
  const gone = new WeakRef({ large: 'x'.repeat(1000) });
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      collect();
      assert.equal(gone.deref(), undefined);
      resolve();
    });
  });
});
