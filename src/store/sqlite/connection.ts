// The one connection to the database: opened under an exclusive lock, with its prepared statements kept.
//
// Owns: the database file, its write-ahead log and the lock on both, until `close`.
// Never: opens or closes the database file through `node:fs`, which would drop the process's POSIX locks on it.
// Invariants:
//   I1  While a Connection is open, no other process has the folder open.
//   I2  What `commit` returned from is on the disk, unless `lazily` was asked for.

import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Topic } from '../store.ts';
import {
  DATABASE_FILE,
  heldByAnother,
  newerFormat,
  prepareFolder,
  raiseFormat,
  refuseNewerFormat,
  removeHolder,
  writeHolder,
} from './folder.ts';
import { migrate, versionOf } from './migrate.ts';
import type { Migration } from './migrations/index.ts';
import { isBusy } from './sqlite-failure.ts';

/** 4 MiB of write-ahead log. SQLite's own checkpoint, which would be part of a commit, is left for what goes wrong. */
const CHECKPOINT_PAGES = 1000;

export class Connection {
  readonly path: string;
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #touched = new Set<Topic>();
  #isLazy = false;
  #readLength = 0;
  #rollbacks = 0;

  constructor(folder: string, migrations: readonly Migration[]) {
    const newest = migrations.at(-1)?.number ?? 0;
    prepareFolder(folder);
    refuseNewerFormat(folder, newest);
    this.#folder = folder;
    this.path = join(folder, DATABASE_FILE);
    this.#database = openLocked(this.path, folder);
    try {
      // Once more under the lock (I1): the process that had it before may have been a newer one.
      refuseNewerFormat(folder, newest);
      if (versionOf(this.#database) > newest) throw newerFormat(folder, versionOf(this.#database), newest);
      writeHolder(folder);
      raiseFormat(folder, newest);
      migrate(this.#database, migrations);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** With `lazily` the commit is written but not synced; the next synced one carries it to the disk. */
  begin(options: { readonly lazily: boolean }): void {
    if (options.lazily !== this.#isLazy) {
      this.#database.exec(`PRAGMA synchronous = ${options.lazily ? 'NORMAL' : 'FULL'}`);
      this.#isLazy = options.lazily;
    }
    this.run('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.run('COMMIT');
  }

  /** How often something was undone: whoever remembers what a transaction did forgets it when this changes. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  rollback(): void {
    this.#rollbacks += 1;
    // SQLite rolls back by itself after some errors (a full disk, say).
    if (this.#database.isTransaction) this.run('ROLLBACK');
  }

  /**
   * Moves the write-ahead log into the database when it has grown. For between two groups: nobody's answer waits for it then, as
   * it would in a commit.
   */
  checkpointIfDue(): void {
    const state = this.get<{ readonly log: number; readonly checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)');
    if (state !== undefined && state.log - state.checkpointed >= CHECKPOINT_PAGES) this.checkpoint();
  }

  /** Syncs the write-ahead log, and moves it into the database. */
  checkpoint(): void {
    this.get('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** Runs `step` so that its error undoes only its own changes. */
  separately<Result>(step: () => Result): Result {
    this.run('SAVEPOINT step');
    try {
      const result = step();
      this.run('RELEASE step');
      return result;
    } catch (error) {
      this.#rollbacks += 1;
      if (this.isInTransaction) {
        this.run('ROLLBACK TO step');
        this.run('RELEASE step');
      }
      throw error;
    }
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** The number of changed rows. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** The row's number, or undefined when ON CONFLICT DO NOTHING did nothing. Cheaper than RETURNING, which sorts its rows first. */
  insert(sql: string, ...values: readonly SQLInputValue[]): number | undefined {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return Number(changes) === 0 ? undefined : Number(lastInsertRowid);
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what a statement returns is known only beside it
  get<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[];
  }

  allNamed<Row>(sql: string, values: Readonly<Record<string, SQLInputValue>>): Row[] {
    return this.#prepared(sql).all(values) as Row[];
  }

  /** Row by row. The same statement must not be run again before the loop has ended. */
  iterate<Row>(sql: string, ...values: readonly SQLInputValue[]): Iterable<Row> {
    return this.#prepared(sql).iterate(...values) as Iterable<Row>;
  }

  /** A number greater than every one that was given before. */
  takeNumber(counter: 'revision' | 'fence'): number {
    return this.takeNumbers(counter, 1);
  }

  /** As many numbers, each greater than every one that was given before; the first of them. */
  takeNumbers(counter: 'revision' | 'fence', count: number): number {
    const row = this.get<{ readonly value: number }>(
      'UPDATE counters SET value = value + ? WHERE name = ? RETURNING value',
      count,
      counter,
    );
    if (row === undefined) throw new Error(`There is no counter named ${counter}.`);
    return row.value - count + 1;
  }

  /** Remembers that something under `topic` changed in this transaction. */
  touch(topic: Topic): void {
    this.#touched.add(topic);
  }

  /** Remembers that a read returns something long. */
  countRead(length: number): void {
    this.#readLength += length;
  }

  takeReadLength(): number {
    const length = this.#readLength;
    this.#readLength = 0;
    return length;
  }

  takeTouched(): readonly Topic[] {
    const topics = [...this.#touched];
    this.#touched.clear();
    return topics;
  }

  close(): void {
    removeHolder(this.#folder);
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function openLocked(path: string, folder: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Exclusive before the first read: the lock is taken once and kept, and the index of the write-ahead log lives in memory.
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${8 * CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -32768;
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
      BEGIN IMMEDIATE; COMMIT;
    `);
    return database;
  } catch (error) {
    database.close();
    throw isBusy(error) ? heldByAnother(folder, error) : error;
  }
}
