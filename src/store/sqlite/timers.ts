// Timers in SQLite.
//
// Invariants:
//   I1  `claimable_at_ms` is when a claim may take it: when it is due, or when the lease on it ends.
//   I2  `fence` is the fence of the last claim, 0 before the first. A claimant whose fence is not this one has lost it.

import type { CommitOutcome, ResourceChange } from '../resources.ts';
import type { Json } from '../store.ts';
import type { ClaimedTimer, TimerChange, TimerClaim, TimerFiring, TimerQueue } from '../timers.ts';
import type { Connection } from './connection.ts';
import { accept } from './deliveries.ts';
import { checkedLimit, checkedText } from './keys.ts';
import { commit } from './resources.ts';
import type { Sync } from './verbs.ts';

interface Row {
  readonly name: string;
  readonly due_at_ms: number;
  readonly attributes: string;
}

export function sqliteTimers(connection: Connection): Sync<TimerQueue> {
  return {
    set: (timers, resources) => set(connection, timers, resources),
    claimDue: (request) => claimDue(connection, request),
    fire: (firing) => fire(connection, firing),

    nextDueAtMs(lane) {
      const sql = 'SELECT min(claimable_at_ms) AS at FROM timers WHERE lane = ?';
      return connection.get<{ readonly at: number | null }>(sql, lane)?.at ?? undefined;
    },
  };
}

function set(connection: Connection, timers: readonly TimerChange[], resources: readonly ResourceChange[]): CommitOutcome {
  const outcome = commit(connection, resources);
  if (outcome.kind === 'committed') for (const change of timers) apply(connection, change);
  return outcome;
}

function apply(connection: Connection, change: TimerChange): void {
  if ('remove' in change) {
    connection.run('DELETE FROM timers WHERE lane = ? AND name = ?', change.remove.lane, checkedText(change.remove.name));
    return;
  }
  const { lane, name, dueAtMs, attributes } = change.put;
  // Without its fence the row is nobody's (I2): who has claimed it fires for a time that no longer counts.
  connection.run(
    `INSERT INTO timers (lane, name, due_at_ms, claimable_at_ms, fence, attributes) VALUES (?, ?, ?, ?, 0, ?)
      ON CONFLICT (lane, name) DO UPDATE SET due_at_ms = excluded.due_at_ms, claimable_at_ms = excluded.claimable_at_ms,
        fence = 0, attributes = excluded.attributes`,
    lane,
    checkedText(name),
    dueAtMs,
    dueAtMs,
    JSON.stringify(attributes),
  );
  connection.touch('timers');
}

function claimDue(connection: Connection, { lane, nowMs, leaseMs, limit }: TimerClaim): readonly ClaimedTimer[] {
  const rows = connection.all<Row>(
    `SELECT name, due_at_ms, attributes FROM timers
      WHERE lane = ? AND claimable_at_ms <= ? ORDER BY claimable_at_ms, name LIMIT ?`,
    lane,
    nowMs,
    checkedLimit(limit),
  );
  const leaseUntilMs = nowMs + leaseMs;
  return rows.map(({ name, due_at_ms: dueAtMs, attributes }) => {
    const fence = connection.takeNumber('fence');
    const sql = 'UPDATE timers SET claimable_at_ms = ?, fence = ? WHERE lane = ? AND name = ?';
    connection.run(sql, leaseUntilMs, fence, lane, name);
    return { lane, name, dueAtMs, attributes: JSON.parse(attributes) as Json, fence, leaseUntilMs };
  });
}

function fire(connection: Connection, { timer, next, deliveries, resources = [] }: TimerFiring): boolean {
  const { lane, name, fence } = timer;
  const found = 'SELECT 1 FROM timers WHERE lane = ? AND name = ? AND fence = ? AND fence > 0';
  if (connection.get(found, lane, name, fence) === undefined) return false;
  if (commit(connection, resources).kind === 'conflict') return false;
  if (next === 'done') connection.run('DELETE FROM timers WHERE lane = ? AND name = ?', lane, name);
  else advance(connection, timer, next);
  accept(connection, deliveries);
  return true;
}

function advance(
  connection: Connection,
  { lane, name }: TimerFiring['timer'],
  { dueAtMs, attributes }: Exclude<TimerFiring['next'], 'done'>,
): void {
  connection.run(
    'UPDATE timers SET due_at_ms = ?, claimable_at_ms = ?, fence = 0, attributes = ? WHERE lane = ? AND name = ?',
    dueAtMs,
    dueAtMs,
    JSON.stringify(attributes),
    lane,
    name,
  );
}
