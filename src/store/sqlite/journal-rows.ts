// Rows of journals: how one begins, goes on and ends.
//
// Invariants:
//   I1  A journal is listed, under its owner and each of its groups, by the status that its head says.
//   I2  A journal that has a head has a row, and the other way round: they come and go in one step.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { BeginOutcome, JournalKey, JournalRow, JournalStep, NewJournal } from '../journals.ts';
import type { Json } from '../store.ts';
import type { Connection } from './connection.ts';
import type { JournalNames } from './journal-names.ts';
import { checkStep, writeChanges } from './journal-steps.ts';
import { checkedText } from './keys.ts';

const RUNNING = 'RUNNING';

/** What a journal was begun with, and where it is listed. */
export interface FixedRow {
  readonly owner: number;
  readonly name: string;
  readonly started_at_ms: number;
  readonly group_1: number | null;
  readonly group_2: number | null;
  readonly status: string;
}

interface WholeRow extends FixedRow {
  readonly ended_at_ms: number | null;
  readonly attributes: string;
}

export function begin(connection: Connection, names: JournalNames, journal: NewJournal): BeginOutcome {
  const { scope, kind, name, groups, startedAtMs, first } = journal;
  assert(groups.length <= 2, 'A journal is in two groups at most.');
  checkStep(first);
  const owner = names.findOrAdd({ scope, kind, isGroup: false, name: journal.owner });
  const [group1, group2] = groups.map((group) => names.findOrAdd({ scope, kind, isGroup: true, name: group }));
  const lists = [owner, group1, group2].filter((list) => list !== undefined);
  const number = connection.insert(
    `INSERT INTO journals (owner, name, started_at_ms, group_1, group_2, attributes) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (owner, name) DO NOTHING`,
    owner,
    checkedText(name),
    startedAtMs,
    group1 ?? null,
    group2 ?? null,
    attributesText(journal.attributes),
  );
  if (number === undefined) {
    for (const list of lists) names.forgetUnused(list);
    return { kind: 'exists', row: existing(connection, names, owner, name) };
  }
  const { status = RUNNING, endedAtMs, expiresAtMs } = first.status ?? {};
  connection.run(
    `INSERT INTO journal_heads (journal, kind, revision, is_busy, status, ended_at_ms, expires_at_ms, head)
      VALUES (?, ?, 1, ?, ?, ?, ?, ?)`,
    number,
    kind,
    first.isBusy ? 1 : 0,
    status,
    endedAtMs ?? null,
    expiresAtMs ?? null,
    first.head,
  );
  for (const list of lists) {
    const sql = 'INSERT INTO journal_listings (list, status, started_at_ms, journal) VALUES (?, ?, ?, ?)';
    connection.run(sql, list, status, startedAtMs, number);
  }
  writeChanges(connection, number, first);
  return { kind: 'begun', number };
}

function existing(connection: Connection, names: JournalNames, owner: number, name: string): JournalRow {
  const number = numberOf(connection, owner, name);
  const row = number === undefined ? undefined : get(connection, names, number);
  if (row === undefined) throw new Error('A name that is taken is nobody’s.');
  return row;
}

/** False when its revision is another, or when there is no such journal. */
export function append(connection: Connection, journal: number, revision: number, step: JournalStep): boolean {
  checkStep(step);
  const { status, attributes } = step;
  const isOn =
    status === undefined ? goOn(connection, journal, revision, step) : turn(connection, journal, revision, { ...step, status });
  if (!isOn) return false;
  writeChanges(connection, journal, step);
  if (attributes !== undefined)
    connection.run('UPDATE journals SET attributes = ? WHERE number = ?', attributesText(attributes), journal);
  return true;
}

/** Most steps leave it as busy as it was: a statement that names a column of an index writes the index, whether the value changes or not. */
function goOn(connection: Connection, journal: number, revision: number, { head, isBusy }: JournalStep): boolean {
  const on = 'UPDATE journal_heads SET revision = revision + 1, head = ? WHERE journal = ? AND revision = ? AND is_busy = ?';
  if (connection.run(on, head, journal, revision, isBusy ? 1 : 0) === 1) return true;
  const changed = 'UPDATE journal_heads SET revision = revision + 1, head = ?, is_busy = ? WHERE journal = ? AND revision = ?';
  return connection.run(changed, head, isBusy ? 1 : 0, journal, revision) === 1;
}

type Turn = Pick<JournalStep, 'head' | 'isBusy'> & { readonly status: NonNullable<JournalStep['status']> };

/** An end, or a new beginning. */
function turn(connection: Connection, journal: number, revision: number, { head, isBusy, status: to }: Turn): boolean {
  const row = fixedRow(connection, journal);
  if (row === undefined) return false;
  const isOn = connection.run(
    `UPDATE journal_heads SET revision = revision + 1, head = ?, is_busy = ?, status = ?, ended_at_ms = ?, expires_at_ms = ?
      WHERE journal = ? AND revision = ?`,
    head,
    isBusy ? 1 : 0,
    to.status,
    to.endedAtMs ?? null,
    to.expiresAtMs ?? null,
    journal,
    revision,
  );
  if (isOn === 0) return false;
  if (to.status === row.status) return true;
  for (const list of listsOf(row)) {
    const sql = 'UPDATE journal_listings SET status = ? WHERE list = ? AND status = ? AND started_at_ms = ? AND journal = ?';
    connection.run(sql, to.status, list, row.status, row.started_at_ms, journal);
  }
  return true;
}

export function fixedRow(connection: Connection, journal: number): FixedRow | undefined {
  return connection.get<FixedRow>(
    `SELECT owner, name, started_at_ms, group_1, group_2, status FROM journal_heads JOIN journals ON number = journal WHERE journal = ?`,
    journal,
  );
}

export function listsOf({ owner, group_1: group1, group_2: group2 }: FixedRow): readonly number[] {
  return [owner, group1, group2].filter((list) => list !== null);
}

export function find(
  connection: Connection,
  names: JournalNames,
  { scope, kind, owner, name }: JournalKey,
): JournalRow | undefined {
  const list = names.find({ scope, kind, isGroup: false, name: owner });
  const number = list === undefined ? undefined : numberOf(connection, list, name);
  return number === undefined ? undefined : get(connection, names, number);
}

function numberOf(connection: Connection, owner: number, name: string): number | undefined {
  const sql = 'SELECT number FROM journals WHERE owner = ? AND name = ?';
  return connection.get<{ readonly number: number }>(sql, owner, checkedText(name))?.number;
}

export function get(connection: Connection, names: JournalNames, number: number): JournalRow | undefined {
  const row = connection.get<WholeRow>(
    `SELECT owner, name, started_at_ms, group_1, group_2, attributes, status, ended_at_ms
      FROM journals JOIN journal_heads ON journal = number WHERE number = ?`,
    number,
  );
  if (row === undefined) return undefined;
  const { scope, kind, name: owner } = names.named(row.owner);
  const groups = [row.group_1, row.group_2].filter((group) => group !== null);
  return {
    scope,
    kind,
    owner,
    name: row.name,
    number,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms ?? undefined,
    status: row.status,
    groups: groups.map((group) => names.named(group).name),
    attributes: JSON.parse(row.attributes) as Json,
  };
}

function attributesText(attributes: Json): string {
  const text = JSON.stringify(attributes);
  assert(text.length <= LIMITS.journalAttributesLength, `Attributes of ${text.length} characters are too long for a list.`);
  return text;
}
