// Journals that end their lives: gone at once for everybody who asks, and swept a little at a time.

import type { Connection } from './connection.ts';
import type { JournalNames } from './journal-names.ts';
import { fixedRow, listsOf } from './journal-rows.ts';
import { checkedLimit } from './keys.ts';

/** What one step sweeps: so many rows, and fewer when they are long, since every page of a long text is visited. */
const SWEPT_ROWS = 256;
const SWEPT_BYTES = 4 * 1024 * 1024;

interface Swept {
  rows: number;
  bytes: number;
}

export function remove(
  connection: Connection,
  names: JournalNames,
  journal: number,
  swept: Swept = { rows: 0, bytes: 0 },
): boolean {
  const row = fixedRow(connection, journal);
  if (row === undefined) return false;
  connection.run('DELETE FROM journal_heads WHERE journal = ?', journal);
  connection.run('DELETE FROM journals WHERE number = ?', journal);
  for (const list of listsOf(row)) {
    const sql = 'DELETE FROM journal_listings WHERE list = ? AND status = ? AND started_at_ms = ? AND journal = ?';
    connection.run(sql, list, row.status, row.started_at_ms, journal);
    names.forgetUnused(list);
  }
  // Most are short and leave nothing to be swept.
  if (!sweep(connection, journal, swept)) connection.run('INSERT INTO journal_removals (journal) VALUES (?)', journal);
  return true;
}

export function expireSome(connection: Connection, names: JournalNames, nowMs: number, limit: number): number {
  const expired = connection.all<{ readonly journal: number }>(EXPIRED, nowMs, checkedLimit(limit));
  const swept = { rows: 0, bytes: 0 };
  for (const { journal } of expired) remove(connection, names, journal, swept);
  return expired.length;
}

export const EXPIRED = 'SELECT journal FROM journal_heads WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?';

/** False when there is nothing left to sweep. */
export function sweepRemoved(connection: Connection): boolean {
  const removal = connection.get<{ readonly journal: number }>('SELECT journal FROM journal_removals LIMIT 1');
  if (removal === undefined) return false;
  if (sweep(connection, removal.journal, { rows: 0, bytes: 0 }))
    connection.run('DELETE FROM journal_removals WHERE journal = ?', removal.journal);
  return true;
}

interface FoundRow {
  readonly key: string | number;
  readonly bytes: number;
}

/** The tables that hold what a journal has, and how a row of each is found and forgotten. */
const HELD = [
  {
    found: `SELECT sequence AS key, octet_length(body) AS bytes FROM journal_entries WHERE journal = ? LIMIT ${SWEPT_ROWS}`,
    forget: 'DELETE FROM journal_entries WHERE journal = ? AND sequence = ?',
  },
  {
    found: `SELECT key, octet_length(body) AS bytes FROM journal_records WHERE journal = ? LIMIT ${SWEPT_ROWS}`,
    forget: 'DELETE FROM journal_records WHERE journal = ? AND key = ?',
  },
  {
    found: `SELECT id AS key, 0 AS bytes FROM journal_timers WHERE journal = ? LIMIT ${SWEPT_ROWS}`,
    forget: 'DELETE FROM journal_timers WHERE journal = ? AND id = ?',
  },
  {
    found: `SELECT sequence AS key, 0 AS bytes FROM journal_callbacks WHERE journal = ? LIMIT ${SWEPT_ROWS}`,
    forget: 'DELETE FROM journal_callbacks WHERE journal = ? AND sequence = ?',
  },
] as const;

/** True when nothing of the journal is left. */
function sweep(connection: Connection, journal: number, swept: Swept): boolean {
  for (const { found, forget } of HELD)
    for (const row of connection.all<FoundRow>(found, journal)) {
      if (swept.rows >= SWEPT_ROWS || swept.bytes >= SWEPT_BYTES) return false;
      connection.run(forget, journal, row.key);
      swept.rows += 1;
      swept.bytes += row.bytes;
    }
  // What was found is no more than a step sweeps: there may be more of it.
  return swept.rows < SWEPT_ROWS;
}
