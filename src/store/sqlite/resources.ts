// Resources in SQLite.

import assert from 'node:assert/strict';
import type {
  CommitOutcome,
  Expectation,
  Resource,
  ResourceChange,
  ResourceKey,
  ResourceQuery,
  ResourceStore,
} from '../resources.ts';
import type { Json } from '../store.ts';
import type { Connection } from './connection.ts';
import { afterAllWith, checkedLimit, checkedText, pageStart, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

interface Row {
  readonly name: string;
  readonly revision: number;
  readonly body: string;
}

export function sqliteResources(connection: Connection): Sync<ResourceStore> {
  return {
    get: (key) => find(connection, key),
    list: (query) => list(connection, query),
    commit: (changes) => commit(connection, changes),
  };
}

function find(connection: Connection, key: ResourceKey): Resource | undefined {
  const row = connection.get<Row>(
    'SELECT name, revision, body FROM resources WHERE scope = ? AND kind = ? AND name = ?',
    scopeText(key.scope),
    key.kind,
    checkedText(key.name),
  );
  return row === undefined ? undefined : { key, body: JSON.parse(row.body) as Json, revision: row.revision };
}

function list(connection: Connection, query: ResourceQuery): readonly Resource[] {
  const { scope, kind, prefix = '', after } = query;
  const rows = connection.all<Row>(
    `SELECT name, revision, body FROM resources
      WHERE scope = ? AND kind = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT)
      ORDER BY name LIMIT ?`,
    scopeText(scope),
    kind,
    pageStart(prefix, after),
    afterAllWith(prefix),
    checkedLimit(query.limit),
  );
  return rows.map((row) => ({ key: { scope, kind, name: row.name }, body: JSON.parse(row.body) as Json, revision: row.revision }));
}

/** First every expectation, against what was there before; then every change. Also part of other steps: setting timers. */
export function commit(connection: Connection, changes: readonly ResourceChange[]): CommitOutcome {
  assertDistinct(changes);
  const before = changes.map(({ key }) => find(connection, key));
  for (const [index, { key, expect }] of changes.entries()) {
    if (!isMet(expect, before[index])) return { kind: 'conflict', key, found: before[index] };
  }
  return { kind: 'committed', revisions: changes.map((change, index) => apply(connection, change, before[index])) };
}

function isMet(expect: Expectation, found: Resource | undefined): boolean {
  switch (expect) {
    case 'any':
      return true;
    case 'absent':
      return found === undefined;
    case 'present':
      return found !== undefined;
    default:
      return found?.revision === expect.revision;
  }
}

function apply(connection: Connection, { key, change }: ResourceChange, found: Resource | undefined): number {
  if (change === 'check') return found?.revision ?? 0;
  const place = [scopeText(key.scope), key.kind, key.name] as const;
  connection.touch('resources');
  if (change === 'remove') {
    connection.run('DELETE FROM resources WHERE scope = ? AND kind = ? AND name = ?', ...place);
    return 0;
  }
  const revision = connection.takeNumber('revision');
  connection.run(
    `INSERT INTO resources (scope, kind, name, revision, body) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (scope, kind, name) DO UPDATE SET revision = excluded.revision, body = excluded.body`,
    ...place,
    revision,
    JSON.stringify(change.put),
  );
  return revision;
}

function assertDistinct(changes: readonly ResourceChange[]): void {
  const keys = new Set(changes.map(({ key }) => JSON.stringify([scopeText(key.scope), key.kind, key.name])));
  assert.equal(keys.size, changes.length, 'One commit names a resource twice: say all of it in one change.');
}
