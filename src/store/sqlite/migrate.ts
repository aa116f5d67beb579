// Brings a database to the newest version: one transaction a migration, with the version recorded in the same transaction, so
// that a kill between any two statements leaves the old version or the new one.

import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from './migrations/index.ts';

export function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  for (const migration of migrations) {
    if (migration.number <= versionOf(database)) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(migration.sql);
      // Part of the transaction: `user_version` is a field of the first page.
      database.exec(`PRAGMA user_version = ${migration.number}`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw new Error(`The migration ${migration.name} failed; the database stays at version ${versionOf(database)}.`, {
        cause: error,
      });
    }
  }
}

export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
