// Migrations: each one whole or not at all, and again from where they stopped.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { migrate, versionOf } from './migrate.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';

const first: Migration = { number: 1, name: '0001-a', sql: 'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);' };
const second: Migration = { number: 2, name: '0002-b', sql: 'ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;' };

test('migrations run in order, once', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, [first]);
  assert.equal(versionOf(database), 1);
  migrate(database, [first, second]);
  migrate(database, [first, second]);
  assert.equal(versionOf(database), 2);
  assert.deepEqual({ ...database.prepare('SELECT x, y FROM a').get() }, { x: 1, y: 2 });
});

test('a migration that fails half-way leaves the version before it, and can be tried again', () => {
  const database = new DatabaseSync(':memory:');
  const broken: Migration = { ...second, sql: `${second.sql} INSERT INTO nowhere VALUES (1);` };
  assert.throws(() => migrate(database, [first, broken]), /0002-b failed; the database stays at version 1/);
  assert.deepEqual({ ...database.prepare('SELECT * FROM a').get() }, { x: 1 });
  migrate(database, [first, second]);
  assert.equal(versionOf(database), 2);
});

test('deliveries that two tables held are carried over, with long contents apart', () => {
  const database = new DatabaseSync(':memory:');
  migrate(
    database,
    MIGRATIONS.filter(({ number }) => number < 7),
  );
  const short = new Uint8Array([0, 255, 10]);
  const long = new Uint8Array(1024).fill(7);
  for (const [sequence, payload] of [
    [3, short],
    [5, long],
  ] as const) {
    const state = [sequence, `id-${sequence}`, 'invoke', 'function', 10, 20, 1, 9];
    database.prepare('INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(...state);
    database.prepare('INSERT INTO delivery_contents VALUES (?, ?, ?, ?, ?)').run(sequence, 'scope', 5, '{}', payload);
  }
  migrate(database, MIGRATIONS);
  const rows = database.prepare('SELECT * FROM deliveries ORDER BY sequence').all();
  const state = { lane: 'invoke', target: 'function', due_at_ms: 10, claimable_at_ms: 20, attempt: 1, fence: 9 };
  const both = { ...state, scope: 'scope', accepted_at_ms: 5 };
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { ...both, sequence: 3, id: 'id-3', attributes: '{}', payload: short },
      { ...both, sequence: 5, id: 'id-5', attributes: null, payload: new Uint8Array() },
    ],
  );
  const apart = database.prepare('SELECT * FROM delivery_contents').all();
  assert.deepEqual(
    apart.map((row) => ({ ...row })),
    [{ sequence: 5, attributes: '{}', payload: long }],
  );
});

test('the migrations of Mayfly are numbered without gaps, and their names say so', () => {
  for (const [index, { number, name }] of MIGRATIONS.entries()) {
    assert.equal(number, index + 1);
    assert.match(name, new RegExp(`^${String(number).padStart(4, '0')}-[a-z0-9-]+$`));
  }
});
