// The object index in SQLite, put together.

import type { ObjectIndex } from '../object-index.ts';
import { referencedBlobs } from './blob-references.ts';
import { sqliteBuckets } from './buckets.ts';
import type { Connection } from './connection.ts';
import { listObjects } from './object-listing.ts';
import { sqliteObjects } from './objects.ts';
import { listUploads } from './upload-listing.ts';
import { sqliteUploads } from './uploads.ts';
import type { Sync } from './verbs.ts';

export function sqliteObjectIndex(connection: Connection): Sync<ObjectIndex> {
  return {
    ...sqliteBuckets(connection),
    ...sqliteObjects(connection),
    ...sqliteUploads(connection),
    list: (query) => listObjects(connection, query),
    listUploads: (query) => listUploads(connection, query),
    referenced: (blobs) => referencedBlobs(connection, blobs),
  };
}
