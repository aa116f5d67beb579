// Pages of unfinished multipart uploads in SQLite, by key and then by upload id.

import type { ObjectIndex, Upload } from '../object-index.ts';
import type { Json } from '../store.ts';
import { bucketNumber } from './buckets.ts';
import type { Connection } from './connection.ts';
import { walkKeys } from './key-walk.ts';
import { afterAllWith, checkedLimit, checkedText } from './keys.ts';
import type { Sync } from './verbs.ts';

type Query = Parameters<ObjectIndex['listUploads']>[0];
type Page = ReturnType<Sync<ObjectIndex>['listUploads']>;

interface Row {
  readonly key: string;
  readonly upload_id: string;
  readonly started_at_ms: number;
  readonly attributes: string;
}

export function listUploads(connection: Connection, query: Query): Page {
  const bucket = bucketNumber(connection, query);
  const limit = checkedLimit(query.limit);
  const uploads: Upload[] = [];
  const commonPrefixes: string[] = [];
  if (bucket === undefined || limit === 0) return { uploads, commonPrefixes, truncated: false };

  for (const step of steps(connection, bucket, query)) {
    if (uploads.length + commonPrefixes.length === limit) return { uploads, commonPrefixes, truncated: true };
    if (step.kind === 'row') uploads.push(uploadOf(query, step.row));
    else commonPrefixes.push(step.name);
  }
  return { uploads, commonPrefixes, truncated: false };
}

function* steps(connection: Connection, bucket: number, query: Query): ReturnType<typeof walkKeys<Row>> {
  // The rest of the uploads of the key that the page before ended in, unless that key is folded into a common prefix.
  const { after, afterUploadId, prefix = '', delimiter } = query;
  const isFolded =
    after !== undefined && delimiter !== undefined && delimiter !== '' && after.indexOf(delimiter, prefix.length) >= 0;
  if (after !== undefined && afterUploadId !== undefined && after.startsWith(prefix) && !isFolded) {
    const rest = connection.iterate<Row>(
      'SELECT key, upload_id, started_at_ms, attributes FROM uploads WHERE bucket = ? AND key = ? AND upload_id > ? ORDER BY upload_id',
      bucket,
      checkedText(after),
      checkedText(afterUploadId),
    );
    for (const row of rest) yield { kind: 'row', name: row.key, row };
  }
  yield* walkKeys<Row>({ ...query, rowsFrom: (start) => rowsFrom(connection, bucket, start, prefix) });
}

function rowsFrom(connection: Connection, bucket: number, start: Uint8Array, prefix: string): Iterable<Row> {
  return connection.iterate<Row>(
    `SELECT key, upload_id, started_at_ms, attributes FROM uploads
      WHERE bucket = ? AND key >= CAST(? AS TEXT) AND key < CAST(? AS TEXT) ORDER BY key, upload_id`,
    bucket,
    start,
    afterAllWith(prefix),
  );
}

function uploadOf({ scope, bucket }: Query, row: Row): Upload {
  return {
    scope,
    bucket,
    key: row.key,
    uploadId: row.upload_id,
    startedAtMs: row.started_at_ms,
    attributes: JSON.parse(row.attributes) as Json,
  };
}
