// Multipart uploads in SQLite. Each part retains its blob until the upload ends; the object that it ends in retains the ones
// that it is made of first, so that the rest come back as orphans.

import type { ObjectIndex, PutOutcome, Upload, UploadPart, UploadRef } from '../object-index.ts';
import type { Json } from '../store.ts';
import { releaseBlobs, retainBlobs } from './blob-references.ts';
import { bucketNumber } from './buckets.ts';
import type { Connection } from './connection.ts';
import { checkedLimit, checkedText } from './keys.ts';
import { findObject, isMet, putObject } from './objects.ts';
import type { Sync } from './verbs.ts';

type UploadVerbs = Pick<
  Sync<ObjectIndex>,
  'createUpload' | 'getUpload' | 'putPart' | 'listParts' | 'completeUpload' | 'abortUpload'
>;

interface PartRow {
  readonly number: number;
  readonly blob: string;
  readonly bytes: number;
  readonly etag: string;
  readonly last_modified_ms: number;
  readonly attributes: string;
}

interface Place {
  readonly bucket: number;
  readonly upload: number;
  readonly startedAtMs: number;
  readonly attributes: string;
}

export function sqliteUploads(connection: Connection): UploadVerbs {
  return {
    createUpload(upload) {
      const bucket = bucketNumber(connection, upload);
      if (bucket === undefined) return 'noBucket';
      connection.run(
        'INSERT INTO uploads (bucket, key, upload_id, started_at_ms, attributes) VALUES (?, ?, ?, ?, ?)',
        bucket,
        checkedText(upload.key),
        checkedText(upload.uploadId),
        upload.startedAtMs,
        JSON.stringify(upload.attributes),
      );
      connection.touch('objects');
      return 'created';
    },

    getUpload(ref): Upload | undefined {
      const place = findPlace(connection, ref);
      if (typeof place === 'string') return undefined;
      const { scope, bucket, key, uploadId } = ref;
      return { scope, bucket, key, uploadId, startedAtMs: place.startedAtMs, attributes: JSON.parse(place.attributes) as Json };
    },

    putPart(ref, part) {
      const place = findPlace(connection, ref);
      if (typeof place === 'string') return { kind: place };
      return { kind: 'put', orphans: putPart(connection, place.upload, part) };
    },

    listParts(ref, { after = 0, limit }) {
      const place = findPlace(connection, ref);
      if (typeof place === 'string') return [];
      const rows = connection.all<PartRow>(
        `SELECT number, blob, bytes, etag, last_modified_ms, attributes FROM upload_parts
          WHERE upload = ? AND number > ? ORDER BY number LIMIT ?`,
        place.upload,
        after,
        checkedLimit(limit),
      );
      return rows.map(partOf);
    },

    completeUpload: (ref, entry, condition, deliveries) => complete(connection, ref, { entry, condition, deliveries }),

    abortUpload(ref) {
      const place = findPlace(connection, ref);
      return typeof place === 'string' ? undefined : end(connection, place.upload);
    },
  };
}

function findPlace(connection: Connection, ref: UploadRef): Place | 'noBucket' | 'noUpload' {
  const bucket = bucketNumber(connection, ref);
  if (bucket === undefined) return 'noBucket';
  const row = connection.get<{ readonly id: number; readonly started_at_ms: number; readonly attributes: string }>(
    'SELECT id, started_at_ms, attributes FROM uploads WHERE bucket = ? AND key = ? AND upload_id = ?',
    bucket,
    checkedText(ref.key),
    checkedText(ref.uploadId),
  );
  if (row === undefined) return 'noUpload';
  return { bucket, upload: row.id, startedAtMs: row.started_at_ms, attributes: row.attributes };
}

function putPart(connection: Connection, upload: number, part: UploadPart): readonly string[] {
  const replaced = connection.all<{ readonly blob: string }>(
    'DELETE FROM upload_parts WHERE upload = ? AND number = ? RETURNING blob',
    upload,
    part.number,
  );
  connection.run(
    'INSERT INTO upload_parts (upload, number, blob, bytes, etag, last_modified_ms, attributes) VALUES (?, ?, ?, ?, ?, ?, ?)',
    upload,
    part.number,
    part.blob.blob,
    part.blob.bytes,
    part.etag,
    part.lastModifiedMs,
    JSON.stringify(part.attributes),
  );
  retainBlobs(connection, [part.blob.blob]);
  return releaseBlobs(
    connection,
    replaced.map(({ blob }) => blob),
  );
}

function complete(
  connection: Connection,
  ref: UploadRef,
  { entry, condition, deliveries }: Pick<Parameters<typeof putObject>[1], 'entry' | 'condition' | 'deliveries'>,
): PutOutcome {
  const place = findPlace(connection, ref);
  if (typeof place === 'string') return { kind: place };
  const found = findObject(connection, place.bucket, entry.key);
  if (!isMet(condition, found)) return { kind: 'conditionFailed', found };
  if (
    !hasParts(
      connection,
      place.upload,
      entry.blobs.map(({ blob }) => blob),
    )
  )
    return { kind: 'noPart' };
  const put = putObject(connection, { bucket: place.bucket, entry, condition, deliveries });
  if (put.kind !== 'put') return put;
  return { kind: 'put', orphans: [...put.orphans, ...end(connection, place.upload)] };
}

/** A part may have been replaced since the caller read the list: its blob is gone, and no object may point at it. */
function hasParts(connection: Connection, upload: number, blobs: readonly string[]): boolean {
  const parts = connection.all<{ readonly blob: string }>('SELECT blob FROM upload_parts WHERE upload = ?', upload);
  const present = new Set(parts.map(({ blob }) => blob));
  return blobs.every((blob) => present.has(blob));
}

function end(connection: Connection, upload: number): readonly string[] {
  const parts = connection.all<{ readonly blob: string }>('DELETE FROM upload_parts WHERE upload = ? RETURNING blob', upload);
  connection.run('DELETE FROM uploads WHERE id = ?', upload);
  connection.touch('objects');
  return releaseBlobs(
    connection,
    parts.map(({ blob }) => blob),
  );
}

function partOf(row: PartRow): UploadPart {
  return {
    number: row.number,
    blob: { blob: row.blob, bytes: row.bytes },
    etag: row.etag,
    lastModifiedMs: row.last_modified_ms,
    attributes: JSON.parse(row.attributes) as Json,
  };
}
