// Journals in SQLite: how they begin, go on and go (journal-rows, journal-steps, journal-removal), and what is read of them (journal-reading).

import type { JournalStore } from '../journals.ts';
import type { Connection } from './connection.ts';
import { JournalNames } from './journal-names.ts';
import { busy, callback, countRunning, earliestTimers, entries, head, list, open, queued, records } from './journal-reading.ts';
import { expireSome, remove, sweepRemoved } from './journal-removal.ts';
import { append, begin, find, get } from './journal-rows.ts';
import type { JournalSweep, Sync } from './verbs.ts';

export function sqliteJournals(connection: Connection): Sync<JournalStore & JournalSweep> {
  const names = new JournalNames(connection);
  return {
    begin: (journal) => begin(connection, names, journal),
    append: (journal, revision, step) => append(connection, journal, revision, step),
    find: (key) => find(connection, names, key),
    get: (journal) => get(connection, names, journal),
    open: (journal) => open(connection, names, journal),
    head: (journal) => head(connection, journal),
    records: (journal, query) => records(connection, journal, query),
    list: (query) => list(connection, names, query),
    countRunning: (kind, most) => countRunning(connection, kind, most),
    entries: (journal, query) => entries(connection, journal, query),
    earliestTimers: (kind, after, limit) => earliestTimers(connection, kind, after, limit),
    callback: (token) => callback(connection, token),
    queued: (queue, limit) => queued(connection, queue, limit),
    busy: (kind, after, limit) => busy(connection, kind, after, limit),
    remove: (journal) => remove(connection, names, journal),
    expireSome: (nowMs, limit) => expireSome(connection, names, nowMs, limit),
    sweepRemoved: () => sweepRemoved(connection),
  };
}
