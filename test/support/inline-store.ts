// The store on SQLite without its thread: a call has happened when the turn is over, so that a fake clock can play years of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Store } from '#store';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { sqliteDeliveries } from '../../src/store/sqlite/deliveries.ts';
import { sqliteJournals } from '../../src/store/sqlite/journals.ts';
import { MIGRATIONS } from '../../src/store/sqlite/migrations/index.ts';
import { Notices } from '../../src/store/sqlite/notices.ts';
import { sqliteResources } from '../../src/store/sqlite/resources.ts';
import { sqliteTimers } from '../../src/store/sqlite/timers.ts';

export interface InlineStore extends Pick<Store, 'resources' | 'deliveries' | 'timers' | 'journals' | 'changed'> {
  /** Called before a verb (`timers.fire`); what it throws, the verb throws. */
  fault: (verb: string) => void;
}

export function inlineStore(test: Pick<TestContext, 'after'>): InlineStore {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-inline-'));
  const connection = new Connection(folder, MIGRATIONS);
  test.after(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });
  const notices = new Notices();
  const store = { fault: () => undefined } as unknown as InlineStore;
  const run = (verb: string, step: () => unknown): unknown => {
    store.fault(verb);
    connection.begin({ lazily: true });
    try {
      const result = step();
      connection.commit();
      notices.tell(connection.takeTouched());
      return result;
    } catch (error) {
      connection.rollback();
      throw error;
    }
  };
  const rooms = {
    resources: sqliteResources(connection),
    deliveries: sqliteDeliveries(connection),
    timers: sqliteTimers(connection),
    journals: sqliteJournals(connection),
  };
  for (const [room, verbs] of Object.entries(rooms)) {
    const asynchronous = Object.entries(verbs as Record<string, (...values: unknown[]) => unknown>).map(
      ([verb, step]) => [verb, async (...values: unknown[]) => run(`${room}.${verb}`, () => step(...values))] as const,
    );
    Object.assign(store, { [room]: Object.fromEntries(asynchronous) });
  }
  return Object.assign(store, { changed: notices.listen.bind(notices) });
}
