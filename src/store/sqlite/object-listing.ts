// Pages of objects in SQLite.

import type { ObjectEntry, ObjectPage, ObjectQuery } from '../object-index.ts';
import { bucketNumber } from './buckets.ts';
import type { Connection } from './connection.ts';
import { walkKeys } from './key-walk.ts';
import { afterAllWith, checkedLimit } from './keys.ts';
import { objectOf, type ObjectRow } from './objects.ts';

export function listObjects(connection: Connection, query: ObjectQuery): ObjectPage {
  const bucket = bucketNumber(connection, query);
  const limit = checkedLimit(query.limit);
  const entries: ObjectEntry[] = [];
  const commonPrefixes: string[] = [];
  if (bucket === undefined || limit === 0) return { entries, commonPrefixes, next: undefined };

  let last: string | undefined;
  for (const step of walkKeys<ObjectRow>({ ...query, rowsFrom: (start) => rowsFrom(connection, bucket, start, query.prefix) })) {
    if (entries.length + commonPrefixes.length === limit) return { entries, commonPrefixes, next: last };
    if (step.kind === 'row') entries.push(objectOf(step.row));
    else commonPrefixes.push(step.name);
    last = step.name;
  }
  return { entries, commonPrefixes, next: undefined };
}

function rowsFrom(connection: Connection, bucket: number, start: Uint8Array, prefix = ''): Iterable<ObjectRow> {
  return connection.iterate<ObjectRow>(
    `SELECT key, bytes, last_modified_ms, etag, blobs, attributes FROM objects
      WHERE bucket = ? AND key >= CAST(? AS TEXT) AND key < CAST(? AS TEXT) ORDER BY key`,
    bucket,
    start,
    afterAllWith(prefix),
  );
}
