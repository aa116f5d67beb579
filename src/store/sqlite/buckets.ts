// Buckets in SQLite: the rows that objects hang on.

import type { BucketRef, BucketRow, ObjectIndex } from '../object-index.ts';
import type { Json } from '../store.ts';
import { releaseBlobs } from './blob-references.ts';
import type { Connection } from './connection.ts';
import { afterAllWith, checkedLimit, checkedText, pageStart, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

type BucketVerbs = Pick<Sync<ObjectIndex>, 'createBucket' | 'getBucket' | 'setBucketAttributes' | 'removeBucket' | 'listBuckets'>;

interface Row {
  readonly name: string;
  readonly created_at_ms: number;
  readonly revision: number;
  readonly attributes: string;
}

export function sqliteBuckets(connection: Connection): BucketVerbs {
  return {
    createBucket(bucket, attributes, createdAtMs) {
      const changed = connection.run(
        `INSERT INTO buckets (scope, name, created_at_ms, revision, attributes) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (scope, name) DO NOTHING`,
        scopeText(bucket.scope),
        checkedText(bucket.bucket),
        createdAtMs,
        connection.takeNumber('revision'),
        JSON.stringify(attributes),
      );
      if (changed === 1) connection.touch('objects');
      return changed === 1;
    },

    getBucket(bucket) {
      const sql = 'SELECT name, created_at_ms, revision, attributes FROM buckets WHERE scope = ? AND name = ?';
      const row = connection.get<Row>(sql, scopeText(bucket.scope), checkedText(bucket.bucket));
      return row === undefined ? undefined : bucketRow(bucket.scope, row);
    },

    setBucketAttributes(bucket, revision, attributes) {
      const changed = connection.run(
        'UPDATE buckets SET attributes = ?, revision = ? WHERE scope = ? AND name = ? AND revision = ?',
        JSON.stringify(attributes),
        connection.takeNumber('revision'),
        scopeText(bucket.scope),
        checkedText(bucket.bucket),
        revision,
      );
      if (changed === 1) connection.touch('objects');
      return changed === 1;
    },

    removeBucket: (bucket) => remove(connection, bucket),

    listBuckets(scope, { prefix = '', after, limit }) {
      const rows = connection.all<Row>(
        `SELECT name, created_at_ms, revision, attributes FROM buckets
          WHERE scope = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
        scopeText(scope),
        pageStart(prefix, after),
        afterAllWith(prefix),
        checkedLimit(limit),
      );
      return rows.map((row) => bucketRow(scope, row));
    },
  };
}

/** The number that objects and uploads name their bucket with. A bucket that is made anew gets another one. */
export function bucketNumber(connection: Connection, bucket: BucketRef): number | undefined {
  const sql = 'SELECT id FROM buckets WHERE scope = ? AND name = ?';
  return connection.get<{ readonly id: number }>(sql, scopeText(bucket.scope), checkedText(bucket.bucket))?.id;
}

/** Unfinished uploads end with their bucket, as on S3; their parts' blobs are then unreferenced, for the start-up sweep. */
function remove(connection: Connection, bucket: BucketRef): 'removed' | 'notEmpty' | 'noBucket' {
  const number = bucketNumber(connection, bucket);
  if (number === undefined) return 'noBucket';
  if (connection.get('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1', number) !== undefined) return 'notEmpty';
  const parts = connection.all<{ readonly blob: string }>(
    'SELECT blob FROM upload_parts JOIN uploads ON uploads.id = upload_parts.upload WHERE uploads.bucket = ?',
    number,
  );
  releaseBlobs(
    connection,
    parts.map((part) => part.blob),
  );
  connection.run('DELETE FROM upload_parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?)', number);
  connection.run('DELETE FROM uploads WHERE bucket = ?', number);
  connection.run('DELETE FROM buckets WHERE id = ?', number);
  connection.touch('objects');
  return 'removed';
}

function bucketRow(scope: BucketRow['scope'], row: Row): BucketRow {
  return {
    scope,
    bucket: row.name,
    createdAtMs: row.created_at_ms,
    revision: row.revision,
    attributes: JSON.parse(row.attributes) as Json,
  };
}
