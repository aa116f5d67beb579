// Journals that are broken on purpose: they say that something is saved before it is. The crash tests must notice.

import { setTimeout as delay } from 'node:timers/promises';
import type { JournalStore, NewJournal } from '#store';

/** How late they save: long enough that every life ends with something that is not. */
const LATE_MS = 1000;

type Verb = (journal: number, ...values: readonly unknown[]) => Promise<unknown>;

/** Executions run before they are on the disk, under numbers that are made up. */
export function beginningEarly(journals: JournalStore): JournalStore {
  const begun = new Map<number, Promise<number>>();
  const byNumber = (verb: string): Verb => {
    const real = (journals as unknown as Readonly<Record<string, Verb>>)[verb];
    return async (journal, ...values) => real?.call(journals, (await begun.get(journal)) ?? journal, ...values);
  };
  const late = async (journal: NewJournal): Promise<number> => {
    await delay(LATE_MS);
    const outcome = await journals.begin(journal);
    return outcome.kind === 'begun' ? outcome.number : outcome.row.number;
  };
  const numbered = ['append', 'get', 'open', 'head', 'records', 'entries', 'remove'].map((verb) => [verb, byNumber(verb)] as const);
  return {
    ...journals,
    ...(Object.fromEntries(numbered) as unknown as Pick<JournalStore, 'append'>),
    begin(journal) {
      const number = -1 - begun.size;
      begun.set(number, late(journal));
      return Promise.resolve({ kind: 'begun', number });
    },
  };
}

/** Steps are carried out, and answered, before they are on the disk. */
export function steppingEarly(journals: JournalStore): JournalStore {
  const last = new Map<number, Promise<unknown>>();
  return {
    ...journals,
    append(journal, revision, step) {
      const late = Promise.all([last.get(journal), delay(LATE_MS)]).then(() => journals.append(journal, revision, step));
      last.set(journal, late);
      return Promise.resolve(true);
    },
  };
}
