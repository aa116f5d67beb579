// A hundred thousand deliveries that wait cost a claim nothing: its queries go by index, and read what they return.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { COUNT, DUE_BY_TARGET, DUE_IN_ORDER, NEXT_DUE } from './deliveries.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

function planOf(sql: string): readonly string[] {
  const database = new DatabaseSync(':memory:');
  try {
    migrate(database, MIGRATIONS);
    const parameters = Array.from(sql.matchAll(/\?/g), () => 1);
    return database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters)
      .map(({ detail }) => String(detail))
      .filter((step) => step.includes('deliveries') || step.includes('TEMP B-TREE') || / (due|next|found) /.test(step));
  } finally {
    database.close();
  }
}

test('what is due comes out of the index in its order, without sorting', () => {
  assert.deepEqual(planOf(DUE_IN_ORDER), ['SEARCH deliveries USING INDEX deliveries_by_time (lane=? AND claimable_at_ms<?)']);
});

test('the next due time and a count are looked up in an index alone', () => {
  assert.deepEqual(planOf(NEXT_DUE), ['SEARCH deliveries USING COVERING INDEX deliveries_by_time (lane=? AND claimable_at_ms>?)']);
  for (const step of planOf(COUNT)) assert.match(step, /^SEARCH deliveries USING COVERING INDEX \w+ \(lane=\?\)$/);
});

test('behind a crowd, targets are walked by seeks, and only what is taken is sorted', () => {
  const steps = planOf(DUE_BY_TARGET);
  assert.deepEqual(
    steps.filter((step) => step.startsWith('SCAN')),
    [],
    'nothing is scanned',
  );
  assert.equal(steps.filter((step) => step.includes('deliveries_by_target (lane=? AND target=? AND claimable_at_ms<?)')).length, 1);
  assert.equal(steps.filter((step) => step.includes('deliveries_by_target (lane=? AND target>?)')).length, 1);
  assert.equal(steps.filter((step) => step.includes('USING INTEGER PRIMARY KEY (rowid=?)')).length, 1);
});
