// Deliveries in SQLite.
//
// Invariants:
//   I1  `claimable_at_ms` is when a claim may take it: when it is due, or when the lease on it ends.
//   I2  `fence` is the fence of the last claim, 0 before the first. A claimant whose fence is not this one has lost it.

import type { ClaimedDelivery, ClaimRequest, DeliveryClaim, DeliveryQueue, NewDelivery } from '../deliveries.ts';
import type { Json } from '../store.ts';
import type { Connection } from './connection.ts';
import { checkedLimit, scopeOf, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

/** A claim takes no more than this (and one delivery more) into memory, whatever its limit says. */
const CLAIMED_BYTES = 16 * 1024 * 1024;

/**
 * Attributes and payloads that are longer than this together lie apart, so that a claim does not write them again. The migration that made the
 * tables has the same bound for what was there before.
 */
const CONTENTS_IN_ROW = 1024;
const LIES_APART = new Uint8Array();

interface DeliveryRow {
  readonly id: string;
  readonly lane: string;
  readonly target: string;
  readonly due_at_ms: number;
  readonly attempt: number;
  readonly scope: string;
  readonly accepted_at_ms: number;
  /** NULL where the contents lie apart. */
  readonly attributes: string | null;
  readonly payload: Uint8Array;
}

interface Contents {
  readonly attributes: string;
  readonly payload: Uint8Array;
}

export function sqliteDeliveries(connection: Connection): Sync<DeliveryQueue> {
  return {
    accept: (deliveries) => accept(connection, deliveries),
    acceptClaimed: (deliveries, leaseUntilMs) => acceptClaimed(connection, deliveries, leaseUntilMs),
    claimDue: (request) => claimDue(connection, request),

    extend(id, fence, leaseUntilMs) {
      const sql = 'UPDATE deliveries SET claimable_at_ms = ? WHERE id = ? AND fence = ? AND fence > 0';
      return connection.run(sql, leaseUntilMs, id, fence) === 1;
    },

    settle(id, fence, followUps = []) {
      if (!settle(connection, { id, fence })) return false;
      accept(connection, followUps);
      return true;
    },

    reschedule: (id, fence, dueAtMs, { countAttempt }) => reschedule(connection, { id, fence, dueAtMs, countAttempt }),

    nextDueAtMs(lane, afterMs = Number.MIN_SAFE_INTEGER) {
      return connection.get<{ readonly at: number | null }>(NEXT_DUE, lane, afterMs)?.at ?? undefined;
    },

    count(lane, most) {
      return connection.get<{ readonly count: number }>(COUNT, lane, checkedLimit(most))?.count ?? 0;
    },

    backlog(lane) {
      const sql = 'SELECT target, count(*) AS count FROM deliveries WHERE lane = ? GROUP BY target ORDER BY target';
      return new Map(
        connection.all<{ readonly target: string; readonly count: number }>(sql, lane).map((row) => [row.target, row.count]),
      );
    },
  };
}

/**
 * One process at a time has the folder, so whoever had claimed something is gone when the next one opens it: nothing waits for the end of a dead
 * process's lease, and what comes in order is claimed in order again.
 */
export function releaseAll(connection: Connection): void {
  connection.run('UPDATE deliveries SET claimable_at_ms = due_at_ms, fence = 0 WHERE fence > 0');
}

/** Also part of other steps: putting an object accepts its notifications. */
export function accept(connection: Connection, deliveries: readonly NewDelivery[]): void {
  for (const delivery of deliveries) {
    if (!add(connection, delivery, { claimableAtMs: delivery.dueAtMs, attempt: 0, fence: 0 })) continue;
    connection.touch('deliveries');
    connection.touch(`deliveries/${delivery.lane}`);
  }
}

/** Nobody is told: there is nothing to claim before the lease ends, and whoever starts after that looks by itself. */
function acceptClaimed(
  connection: Connection,
  deliveries: readonly NewDelivery[],
  leaseUntilMs: number,
): readonly (number | undefined)[] {
  const firstFence = connection.takeNumbers('fence', deliveries.length);
  return deliveries.map((delivery, index) => {
    const fence = firstFence + index;
    return add(connection, delivery, { claimableAtMs: leaseUntilMs, attempt: 1, fence }) ? fence : undefined;
  });
}

interface FirstState {
  readonly claimableAtMs: number;
  readonly attempt: number;
  readonly fence: number;
}

/** False when the id was there already. */
function add(connection: Connection, delivery: NewDelivery, { claimableAtMs, attempt, fence }: FirstState): boolean {
  const { payload } = delivery;
  const attributes = JSON.stringify(delivery.attributes);
  const isApart = attributes.length + payload.byteLength > CONTENTS_IN_ROW;
  const sequence = connection.insert(
    `INSERT INTO deliveries (id, lane, target, due_at_ms, claimable_at_ms, attempt, fence, scope, accepted_at_ms, attributes, payload)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    delivery.id,
    delivery.lane,
    delivery.target,
    delivery.dueAtMs,
    claimableAtMs,
    attempt,
    fence,
    scopeText(delivery.scope),
    delivery.acceptedAtMs,
    isApart ? null : attributes,
    isApart ? LIES_APART : payload,
  );
  if (sequence === undefined) return false;
  if (isApart)
    connection.run('INSERT INTO delivery_contents (sequence, attributes, payload) VALUES (?, ?, ?)', sequence, attributes, payload);
  return true;
}

/** Also part of other steps: a queue takes a message in the step that settles what it comes from. */
export function settle(connection: Connection, { id, fence }: DeliveryClaim): boolean {
  const sql = 'DELETE FROM deliveries WHERE id = ? AND fence = ? AND fence > 0 RETURNING sequence, attributes IS NULL AS is_apart';
  const row = connection.get<{ readonly sequence: number; readonly is_apart: number }>(sql, id, fence);
  if (row === undefined) return false;
  if (row.is_apart === 1) connection.run('DELETE FROM delivery_contents WHERE sequence = ?', row.sequence);
  return true;
}

function claimDue(connection: Connection, request: ClaimRequest): readonly ClaimedDelivery[] {
  const claimed: ClaimedDelivery[] = [];
  const leaseUntilMs = request.nowMs + request.leaseMs;
  const sequences = dueSequences(connection, request);
  if (sequences.length === 0) return claimed;
  const firstFence = connection.takeNumbers('fence', sequences.length);
  let bytes = 0;
  for (const [index, sequence] of sequences.entries()) {
    const delivery = claim(connection, { sequence, fence: firstFence + index, leaseUntilMs });
    claimed.push(delivery);
    bytes += delivery.payload.byteLength;
    if (bytes >= CLAIMED_BYTES) break;
  }
  return claimed;
}

interface DueRow {
  readonly sequence: number;
  readonly target: string;
}

/** So many deliveries of targets that are left out may stand at the front before targets are walked instead. */
const PASSED_OVER = 64;

/**
 * In the order of time, passing over what is left out. Where that is a lot (a throttled function may have a hundred thousand events at the front of
 * its lane), targets are walked instead: one seek for each that has anything, and the first few of each. A scan would read them all, at every claim.
 */
function dueSequences(connection: Connection, request: ClaimRequest): readonly number[] {
  const { lane, nowMs, exceptTargets = [] } = request;
  const limit = checkedLimit(request.limit);
  const targetLimit = Math.min(limit, request.targetLimit ?? limit);
  const front = limit + PASSED_OVER;
  const rows = connection.all<DueRow>(
    DUE_IN_ORDER,
    lane,
    nowMs,
    exceptTargets.length === 0 && targetLimit === limit ? limit : front,
  );
  const taken = taking(rows, { limit, targetLimit, except: new Set(exceptTargets) });
  if (taken.length === limit || rows.length < front) return taken;
  return connection
    .all<DueRow>(DUE_BY_TARGET, lane, JSON.stringify(exceptTargets), lane, nowMs, targetLimit, limit)
    .map((row) => row.sequence);
}

interface Taking {
  readonly limit: number;
  readonly targetLimit: number;
  readonly except: ReadonlySet<string>;
}

function taking(rows: readonly DueRow[], { limit, targetLimit, except }: Taking): readonly number[] {
  const taken: number[] = [];
  const counts = new Map<string, number>();
  for (const { sequence, target } of rows) {
    const count = counts.get(target) ?? 0;
    if (taken.length === limit || count === targetLimit || except.has(target)) continue;
    counts.set(target, count + 1);
    taken.push(sequence);
  }
  return taken;
}

/** Exported for the test that looks at their plans: each reads what it returns, and no more. */
export const DUE_IN_ORDER =
  'SELECT sequence, target FROM deliveries WHERE lane = ? AND claimable_at_ms <= ? ORDER BY claimable_at_ms, sequence LIMIT ?';
export const NEXT_DUE = 'SELECT min(claimable_at_ms) AS at FROM deliveries WHERE lane = ? AND claimable_at_ms > ?';
export const COUNT = 'SELECT count(*) AS count FROM (SELECT 1 FROM deliveries WHERE lane = ? LIMIT ?)';
export const DUE_BY_TARGET = `
  WITH RECURSIVE targets (lane, target) AS (
    SELECT * FROM (SELECT lane, target FROM deliveries WHERE lane = ? ORDER BY target LIMIT 1)
    UNION ALL
    SELECT lane, (SELECT next.target FROM deliveries AS next
             WHERE next.lane = targets.lane AND next.target > targets.target ORDER BY next.target LIMIT 1)
      FROM targets WHERE target IS NOT NULL
  ), allowed AS (
    SELECT target FROM targets WHERE target IS NOT NULL AND target NOT IN (SELECT value FROM json_each(?))
  )
  SELECT found.sequence FROM allowed CROSS JOIN deliveries AS found
    WHERE found.sequence IN (SELECT sequence FROM deliveries AS due
             WHERE due.lane = ? AND due.target = allowed.target AND due.claimable_at_ms <= ?
             ORDER BY due.claimable_at_ms, due.sequence LIMIT ?)
    ORDER BY found.claimable_at_ms, found.sequence LIMIT ?`;

interface Claim {
  readonly sequence: number;
  readonly fence: number;
  readonly leaseUntilMs: number;
}

function claim(connection: Connection, { sequence, fence, leaseUntilMs }: Claim): ClaimedDelivery {
  const row = connection.get<DeliveryRow>(
    'SELECT id, lane, target, due_at_ms, attempt, scope, accepted_at_ms, attributes, payload FROM deliveries WHERE sequence = ?',
    sequence,
  );
  if (row === undefined) throw new Error(`The delivery ${sequence} is gone.`);
  const attempt = row.attempt + 1;
  connection.run(
    'UPDATE deliveries SET claimable_at_ms = ?, attempt = ?, fence = ? WHERE sequence = ?',
    leaseUntilMs,
    attempt,
    fence,
    sequence,
  );
  const { attributes, payload } = contentsOf(connection, sequence, row);
  return {
    id: row.id,
    scope: scopeOf(row.scope),
    lane: row.lane,
    target: row.target,
    payload,
    attributes: JSON.parse(attributes) as Json,
    acceptedAtMs: row.accepted_at_ms,
    dueAtMs: row.due_at_ms,
    attempt,
    fence,
    leaseUntilMs,
  };
}

function contentsOf(connection: Connection, sequence: number, { attributes, payload }: DeliveryRow): Contents {
  if (attributes !== null) return { attributes, payload };
  const apart = connection.get<Contents>('SELECT attributes, payload FROM delivery_contents WHERE sequence = ?', sequence);
  if (apart === undefined) throw new Error(`The delivery ${sequence} has no contents.`);
  return apart;
}

interface Reschedule {
  readonly id: string;
  readonly fence: number;
  readonly dueAtMs: number;
  readonly countAttempt: boolean;
}

function reschedule(connection: Connection, { id, fence, dueAtMs, countAttempt }: Reschedule): boolean {
  // The fence goes with the lease (I2), so that nobody can settle with it any more.
  const row = connection.get<{ readonly lane: string }>(
    `UPDATE deliveries SET due_at_ms = ?, claimable_at_ms = ?, attempt = attempt - ?, fence = 0 WHERE id = ? AND fence = ? AND fence > 0
      RETURNING lane`,
    dueAtMs,
    dueAtMs,
    countAttempt ? 0 : 1,
    id,
    fence,
  );
  if (row === undefined) return false;
  connection.touch('deliveries');
  connection.touch(`deliveries/${row.lane}`);
  return true;
}
