// Ordered publications in SQLite.
//
// Invariants:
//   I1  The last number of a stream never shrinks, not even when the stream ends.
//   I2  Keys that nobody knows any more are forgotten a few at a time by whoever publishes: more in each step than it adds.

import type { Publication, PublicationOutcome, PublicationRequest, PublicationResult, PublicationStore } from '../publications.ts';
import type { Connection } from './connection.ts';
import { accept } from './deliveries.ts';
import { checkedText, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

/** Besides as many as a step adds (I2). */
const FORGOTTEN_AT_ONCE = 64;

interface KnownRow {
  readonly id: string;
  readonly sequence: number;
  readonly until_ms: number;
}

export function sqlitePublications(connection: Connection): Sync<PublicationStore> {
  return {
    publish: (request) => publish(connection, request),
    lastSequence: (scope, stream) => lastSequence(connection, scopeText(scope), checkedText(stream)),
    forget(scope, stream) {
      connection.run('DELETE FROM publications WHERE scope = ? AND stream = ?', scopeText(scope), checkedText(stream));
    },
  };
}

function publish(connection: Connection, request: PublicationRequest): PublicationResult {
  const { publications, nowMs } = request;
  const [first] = publications;
  if (first === undefined) return { kind: 'published', outcomes: [] };
  const place = [scopeText(request.scope), checkedText(request.stream)] as const;
  const last = lastSequence(connection, ...place);
  if (first.sequence <= last) return { kind: 'overtaken', last };
  connection.run(
    `DELETE FROM publications WHERE (scope, stream, key) IN
      (SELECT scope, stream, key FROM publications WHERE until_ms <= ? ORDER BY until_ms LIMIT ?)`,
    nowMs,
    FORGOTTEN_AT_ONCE + publications.length,
  );
  const outcomes = publications.map((publication) => publishOne(connection, request, place, publication));
  connection.run(
    `INSERT INTO publication_streams (scope, stream, last) VALUES (?, ?, ?)
      ON CONFLICT (scope, stream) DO UPDATE SET last = excluded.last`,
    ...place,
    publications.at(-1)?.sequence ?? last,
  );
  return { kind: 'published', outcomes };
}

function publishOne(
  connection: Connection,
  { nowMs, knownUntilMs }: PublicationRequest,
  place: readonly [scope: string, stream: string],
  { key, id, sequence, deliveries }: Publication,
): PublicationOutcome {
  const known = connection.get<KnownRow>(
    'SELECT id, sequence, until_ms FROM publications WHERE scope = ? AND stream = ? AND key = ?',
    ...place,
    checkedText(key),
  );
  if (known !== undefined && known.until_ms > nowMs) return { kind: 'duplicate', id: known.id, sequence: known.sequence };
  connection.run(
    'INSERT OR REPLACE INTO publications (scope, stream, key, id, sequence, until_ms) VALUES (?, ?, ?, ?, ?, ?)',
    ...place,
    key,
    id,
    sequence,
    knownUntilMs,
  );
  accept(connection, deliveries);
  return { kind: 'accepted' };
}

function lastSequence(connection: Connection, scope: string, stream: string): number {
  const sql = 'SELECT last FROM publication_streams WHERE scope = ? AND stream = ?';
  return connection.get<{ readonly last: number }>(sql, scope, stream)?.last ?? 0;
}
