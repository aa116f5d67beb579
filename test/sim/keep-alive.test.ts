// The keep-alive policy over short traces: fewer cold starts than a fixed ten minutes, and less memory that lies idle, on the same calls.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../bench/sim/simulate.ts';
import type { Course } from '../../bench/sim/simulate.ts';
import { traceOf } from '../../bench/sim/trace.ts';
import { effort } from '../support/effort.ts';

const FIXED: Course = { keepAlive: { fixedMs: 600_000 }, eviction: 'least-recently-used', memoryMiB: Infinity };
const HABITS: Course = { ...FIXED, keepAlive: 'habits' };

test('the policy beats a fixed ten minutes on cold starts and on idle memory at once, whatever the day', () => {
  for (let seed = 1; seed <= effort(6, 40); seed += 1) {
    const trace = traceOf(seed, { functions: 120, hours: 12 });
    const fixed = simulate(trace, FIXED);
    const habits = simulate(trace, HABITS);
    assert.ok(habits.coldStarts < fixed.coldStarts, `seed ${seed}: ${habits.coldStarts} of ${fixed.coldStarts} cold starts`);
    assert.ok(
      habits.idleGiBSeconds < fixed.idleGiBSeconds,
      `seed ${seed}: ${habits.idleGiBSeconds} of ${fixed.idleGiBSeconds} idle GiB·s`,
    );
  }
});

test('no fixed time does both: a longer one holds more, a shorter one starts cold more often', () => {
  const trace = traceOf(1, { functions: 120, hours: 12 });
  const habits = simulate(trace, HABITS);
  for (const fixedMs of [60_000, 300_000, 1_200_000, 3_600_000]) {
    const fixed = simulate(trace, { ...FIXED, keepAlive: { fixedMs } });
    assert.ok(fixed.coldStarts > habits.coldStarts || fixed.idleGiBSeconds > habits.idleGiBSeconds, `${fixedMs} ms`);
  }
});

test('when memory is short, greedy-dual makes callers wait less than the least recently used first', () => {
  for (let seed = 1; seed <= effort(4, 20); seed += 1) {
    const trace = traceOf(seed, { functions: 120, hours: 6 });
    const short = { ...HABITS, memoryMiB: 1536 };
    const lru = simulate(trace, short);
    const greedy = simulate(trace, { ...short, eviction: 'greedy-dual' });
    assert.ok(lru.evicted > 0 && greedy.evicted > 0, 'memory was short');
    assert.ok(greedy.coldSeconds < lru.coldSeconds, `seed ${seed}: ${greedy.coldSeconds} s, ${lru.coldSeconds} s`);
  }
});
