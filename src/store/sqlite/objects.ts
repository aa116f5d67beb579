// Objects in SQLite. A row makes immutable blobs visible under a key, so every change of an object is one row's change.

import type { BucketRef, ObjectCondition, ObjectEntry, ObjectIndex, PutOutcome, RemoveOutcome } from '../object-index.ts';
import type { NewDelivery } from '../deliveries.ts';
import type { Json } from '../store.ts';
import { releaseBlobs, retainBlobs } from './blob-references.ts';
import { bucketNumber } from './buckets.ts';
import type { Connection } from './connection.ts';
import { accept } from './deliveries.ts';
import { checkedText } from './keys.ts';
import type { Sync } from './verbs.ts';

export interface ObjectRow {
  readonly key: string;
  readonly bytes: number;
  readonly last_modified_ms: number;
  readonly etag: string;
  readonly blobs: string;
  readonly attributes: string;
}

export function sqliteObjects(connection: Connection): Pick<Sync<ObjectIndex>, 'get' | 'put' | 'setAttributes' | 'remove'> {
  return {
    get(bucket, key) {
      const number = bucketNumber(connection, bucket);
      return number === undefined ? undefined : findObject(connection, number, key);
    },

    put(bucket, entry, condition, deliveries) {
      const number = bucketNumber(connection, bucket);
      if (number === undefined) return { kind: 'noBucket' };
      return putObject(connection, { bucket: number, entry, condition, deliveries });
    },

    setAttributes(bucket, entry, attributes, deliveries) {
      const changed = connection.run(
        'UPDATE objects SET attributes = ? WHERE bucket = ? AND key = ? AND etag = ? AND last_modified_ms = ?',
        JSON.stringify(attributes),
        bucketNumber(connection, bucket) ?? null,
        checkedText(entry.key),
        entry.etag,
        entry.lastModifiedMs,
      );
      if (changed === 0) return false;
      connection.touch('objects');
      accept(connection, deliveries);
      return true;
    },

    remove: (bucket, removals) => remove(connection, bucket, removals),
  };
}

export function findObject(connection: Connection, bucket: number, key: string): ObjectEntry | undefined {
  const row = connection.get<ObjectRow>(
    'SELECT key, bytes, last_modified_ms, etag, blobs, attributes FROM objects WHERE bucket = ? AND key = ?',
    bucket,
    checkedText(key),
  );
  return row === undefined ? undefined : objectOf(row);
}

export function objectOf(row: ObjectRow): ObjectEntry {
  return {
    key: row.key,
    blobs: (JSON.parse(row.blobs) as [string, number][]).map(([blob, bytes]) => ({ blob, bytes })),
    bytes: row.bytes,
    etag: row.etag,
    lastModifiedMs: row.last_modified_ms,
    attributes: JSON.parse(row.attributes) as Json,
  };
}

export interface Put {
  readonly bucket: number;
  readonly entry: ObjectEntry;
  readonly condition: ObjectCondition;
  readonly deliveries: readonly NewDelivery[];
}

export function putObject(connection: Connection, { bucket, entry, condition, deliveries }: Put): PutOutcome {
  const found = findObject(connection, bucket, entry.key);
  if (!isMet(condition, found)) return { kind: 'conditionFailed', found };
  connection.run(
    `INSERT INTO objects (bucket, key, bytes, last_modified_ms, etag, blobs, attributes) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (bucket, key) DO UPDATE SET bytes = excluded.bytes, last_modified_ms = excluded.last_modified_ms,
        etag = excluded.etag, blobs = excluded.blobs, attributes = excluded.attributes`,
    bucket,
    entry.key,
    entry.bytes,
    entry.lastModifiedMs,
    entry.etag,
    JSON.stringify(entry.blobs.map(({ blob, bytes }) => [blob, bytes])),
    JSON.stringify(entry.attributes),
  );
  retainBlobs(connection, namesOf(entry));
  accept(connection, deliveries);
  connection.touch('objects');
  return { kind: 'put', orphans: found === undefined ? [] : releaseBlobs(connection, namesOf(found)) };
}

export function isMet(condition: ObjectCondition, found: ObjectEntry | undefined): boolean {
  switch (condition.kind) {
    case 'none':
      return true;
    case 'absent':
      return found === undefined;
    case 'etag':
      return found?.etag === condition.etag;
    default:
      return condition satisfies never;
  }
}

function remove(connection: Connection, bucket: BucketRef, removals: Parameters<ObjectIndex['remove']>[1]): RemoveOutcome {
  const number = bucketNumber(connection, bucket);
  if (number === undefined) return { removed: [], orphans: [] };
  const removed: ObjectEntry[] = [];
  const orphans: string[] = [];
  for (const { key, condition, deliveries } of removals) {
    const found = findObject(connection, number, key);
    if (found === undefined || !isMet(condition, found)) continue;
    connection.run('DELETE FROM objects WHERE bucket = ? AND key = ?', number, key);
    orphans.push(...releaseBlobs(connection, namesOf(found)));
    accept(connection, deliveries);
    removed.push(found);
  }
  if (removed.length > 0) connection.touch('objects');
  return { removed, orphans };
}

function namesOf(entry: ObjectEntry): readonly string[] {
  return entry.blobs.map(({ blob }) => blob);
}
