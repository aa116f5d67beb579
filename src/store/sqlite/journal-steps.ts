// A step of a journal: what it changes besides the head, which is written where its revision is checked.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { JournalStep } from '../journals.ts';
import type { Connection } from './connection.ts';
import { accept } from './deliveries.ts';
import { checkedText } from './keys.ts';

/** Before anything of it is written. */
export function checkStep({ head, entries, records = [] }: JournalStep): void {
  assert(head.length <= LIMITS.journalHeadLength, `A head of ${head.length} characters is too long for a journal.`);
  for (const { key, body } of records)
    assert((body?.length ?? 0) <= LIMITS.journalRecordLength, `The record ${key} of ${body?.length} characters is too long.`);
  if (entries === undefined) return;
  assert(entries.body.length <= LIMITS.journalEntriesLength, `Entries of ${entries.body.length} characters are too long.`);
  assert(entries.count > 0 && entries.firstId > 0, 'A step that has entries says which.');
}

/** All but the head, which has to be written before, and the status. */
export function writeChanges(connection: Connection, journal: number, step: JournalStep): void {
  if (step.entries !== undefined) writeEntries(connection, journal, step.entries);
  for (const record of step.records ?? []) writeRecord(connection, journal, record);
  for (const timer of step.timers ?? []) writeTimer(connection, journal, timer);
  for (const callback of step.callbacks ?? []) writeCallback(connection, journal, callback);
  if (step.deliveries !== undefined) accept(connection, step.deliveries);
}

type Changes = { readonly [Member in 'records' | 'timers' | 'callbacks']: NonNullable<JournalStep[Member]>[number] };

function writeEntries(
  connection: Connection,
  journal: number,
  { firstId, count, body }: NonNullable<JournalStep['entries']>,
): void {
  const sql = 'INSERT INTO journal_entries (journal, first_id, count, body) VALUES (?, ?, ?, ?)';
  connection.run(sql, journal, firstId, count, body);
}

function writeRecord(connection: Connection, journal: number, { key, body }: Changes['records']): void {
  if (body === undefined) {
    connection.run('DELETE FROM journal_records WHERE journal = ? AND key = ?', journal, checkedText(key));
    return;
  }
  const sql = `INSERT INTO journal_records (journal, key, body) VALUES (?, ?, ?)
    ON CONFLICT (journal, key) DO UPDATE SET body = excluded.body`;
  connection.run(sql, journal, checkedText(key), body);
}

function writeTimer(connection: Connection, journal: number, { id, dueAtMs }: Changes['timers']): void {
  if (dueAtMs === undefined) {
    connection.run('DELETE FROM journal_timers WHERE journal = ? AND id = ?', journal, checkedText(id));
    return;
  }
  const sql = `INSERT INTO journal_timers (journal, id, kind, due_at_ms) SELECT journal, ?, kind, ? FROM journal_heads WHERE journal = ?
    ON CONFLICT (journal, id) DO UPDATE SET due_at_ms = excluded.due_at_ms`;
  connection.run(sql, checkedText(id), dueAtMs, journal);
}

function writeCallback(connection: Connection, journal: number, { token, put }: Changes['callbacks']): void {
  if (put === undefined) {
    connection.run('DELETE FROM journal_callbacks WHERE token = ? AND journal = ?', checkedText(token), journal);
    return;
  }
  const sql = `INSERT INTO journal_callbacks (journal, token, task_id, queue) VALUES (?, ?, ?, ?)
    ON CONFLICT (token) DO UPDATE SET task_id = excluded.task_id, queue = excluded.queue WHERE journal = excluded.journal`;
  const written = connection.run(sql, journal, checkedText(token), put.taskId, put.queue ?? null);
  assert(written === 1, "A callback's token is another journal's.");
}
