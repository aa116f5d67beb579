// The first tables. Every key begins with the scope (`account/region`); text compares by its UTF-8 bytes (BINARY).

export const firstTables = `
CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('revision', 0), ('fence', 0);

CREATE TABLE resources (
  scope    TEXT NOT NULL,
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX resources_by_name ON resources (scope, kind, name);

-- The state of a delivery is small and changes with every claim; what it carries is written once, in a table of its own,
-- so that claiming an event of 1 MiB does not write it again.
CREATE TABLE deliveries (
  sequence        INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  lane            TEXT NOT NULL,
  target          TEXT NOT NULL,
  due_at_ms       INTEGER NOT NULL,
  claimable_at_ms INTEGER NOT NULL,
  attempt         INTEGER NOT NULL,
  fence           INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_time ON deliveries (lane, claimable_at_ms);
CREATE INDEX deliveries_by_target ON deliveries (lane, target, claimable_at_ms);
CREATE TABLE delivery_contents (
  sequence       INTEGER PRIMARY KEY,
  scope          TEXT NOT NULL,
  accepted_at_ms INTEGER NOT NULL,
  attributes     TEXT NOT NULL,
  payload        BLOB NOT NULL
) STRICT;

CREATE TABLE buckets (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  scope         TEXT NOT NULL,
  name          TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  attributes    TEXT NOT NULL,
  UNIQUE (scope, name)
) STRICT;
CREATE TABLE objects (
  bucket           INTEGER NOT NULL,
  key              TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  last_modified_ms INTEGER NOT NULL,
  etag             TEXT NOT NULL,
  blobs            TEXT NOT NULL,
  attributes       TEXT NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE uploads (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket        INTEGER NOT NULL,
  key           TEXT NOT NULL,
  upload_id     TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  attributes    TEXT NOT NULL,
  UNIQUE (bucket, key, upload_id)
) STRICT;
CREATE TABLE upload_parts (
  upload           INTEGER NOT NULL,
  number           INTEGER NOT NULL,
  blob             TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  etag             TEXT NOT NULL,
  last_modified_ms INTEGER NOT NULL,
  attributes       TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE blob_references (
  blob  TEXT PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_folds (
  segment   TEXT PRIMARY KEY,
  folded_to INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_totals (
  scope    TEXT NOT NULL,
  day      TEXT NOT NULL,
  meter    TEXT NOT NULL,
  resource TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  PRIMARY KEY (scope, day, meter, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_streams (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  scope               TEXT NOT NULL,
  log_group           TEXT NOT NULL,
  stream              TEXT NOT NULL,
  created_at_ms       INTEGER NOT NULL,
  first_timestamp_ms  INTEGER,
  last_timestamp_ms   INTEGER,
  last_ingested_at_ms INTEGER,
  stored_bytes        INTEGER NOT NULL,
  UNIQUE (scope, log_group, stream)
) STRICT;
CREATE INDEX log_streams_by_event ON log_streams (scope, log_group, last_timestamp_ms, stream);
-- The group's name stands in each chunk again: a group is read far more often than a stream, and in the order of the sequence.
CREATE TABLE log_chunks (
  sequence           INTEGER PRIMARY KEY AUTOINCREMENT,
  stream             INTEGER NOT NULL,
  scope              TEXT NOT NULL,
  log_group          TEXT NOT NULL,
  segment            TEXT NOT NULL,
  offset             INTEGER NOT NULL,
  bytes              INTEGER NOT NULL,
  events             INTEGER NOT NULL,
  first_timestamp_ms INTEGER NOT NULL,
  last_timestamp_ms  INTEGER NOT NULL,
  ingested_at_ms     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_chunks_by_place ON log_chunks (segment, offset);
CREATE INDEX log_chunks_by_stream ON log_chunks (stream, sequence);
CREATE INDEX log_chunks_by_group ON log_chunks (scope, log_group, sequence);
CREATE INDEX log_chunks_by_group_first ON log_chunks (scope, log_group, first_timestamp_ms);
CREATE INDEX log_chunks_by_group_last ON log_chunks (scope, log_group, last_timestamp_ms);
CREATE INDEX log_chunks_by_stream_first ON log_chunks (stream, first_timestamp_ms);
CREATE INDEX log_chunks_by_stream_last ON log_chunks (stream, last_timestamp_ms);
CREATE TABLE log_segments (
  segment    TEXT PRIMARY KEY,
  indexed_to INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Streams that were removed: their chunks go a few thousand at a time, so that no removal holds up the store.
CREATE TABLE log_removals (
  stream INTEGER PRIMARY KEY
) STRICT;
`;
