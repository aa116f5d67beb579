// Journals as they ought to be, in a few maps: what the properties compare a store with.

import type { JournalEntries, JournalStep, JournalTimer, NewJournal } from '#store';

export interface ModelJournal {
  readonly number: number;
  readonly begun: NewJournal;
  revision: number;
  head: string;
  isBusy: boolean;
  status: NonNullable<JournalStep['status']>;
  readonly entries: JournalEntries[];
  readonly records: Map<string, string>;
  readonly timers: Map<string, number>;
  readonly callbacks: Map<string, { readonly taskId: string; readonly queue: string | undefined; readonly sequence: number }>;
}

let sequence = 0;

export function modelOf(number: number, begun: NewJournal): ModelJournal {
  const journal: ModelJournal = {
    number,
    begun,
    revision: 0,
    head: '',
    isBusy: false,
    status: { status: 'RUNNING', endedAtMs: undefined, expiresAtMs: undefined },
    entries: [],
    records: new Map(),
    timers: new Map(),
    callbacks: new Map(),
  };
  stepModel(journal, begun.first);
  return journal;
}

export function stepModel(journal: ModelJournal, step: JournalStep): void {
  journal.revision += 1;
  journal.head = step.head;
  journal.isBusy = step.isBusy;
  journal.status = step.status ?? journal.status;
  if (step.entries !== undefined) journal.entries.push(step.entries);
  for (const { key, body } of step.records ?? [])
    if (body === undefined) journal.records.delete(key);
    else journal.records.set(key, body);
  for (const { id, dueAtMs } of step.timers ?? [])
    if (dueAtMs === undefined) journal.timers.delete(id);
    else journal.timers.set(id, dueAtMs);
  for (const { token, put } of step.callbacks ?? []) {
    sequence += 1;
    const known = journal.callbacks.get(token);
    if (put === undefined) journal.callbacks.delete(token);
    else journal.callbacks.set(token, { taskId: put.taskId, queue: put.queue, sequence: known?.sequence ?? sequence });
  }
}

export function nextIdOf({ entries }: ModelJournal): number {
  const last = entries.at(-1);
  return last === undefined ? 1 : last.firstId + last.count;
}

export function timersOf(journals: readonly ModelJournal[]): readonly JournalTimer[] {
  return journals
    .flatMap(({ number, timers }) => [...timers].map(([id, dueAtMs]) => ({ journal: number, id, dueAtMs })))
    .toSorted((one, other) => one.dueAtMs - other.dueAtMs || one.journal - other.journal || (one.id < other.id ? -1 : 1));
}
