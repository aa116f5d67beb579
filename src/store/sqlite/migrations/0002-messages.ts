// Queues and their messages.

export const messages = `
-- A purge gives the queue a new shelf, a removal ends it; what lies on the old one goes a few thousand at a time.
CREATE TABLE queues (
  number        INTEGER PRIMARY KEY AUTOINCREMENT,
  scope         TEXT NOT NULL,
  name          TEXT NOT NULL,
  shelf         INTEGER NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  is_fifo       INTEGER NOT NULL,
  retention_ms  INTEGER NOT NULL,
  dead_letter   TEXT,
  receives_max  INTEGER,
  attributes    TEXT NOT NULL,
  UNIQUE (scope, name)
) STRICT;
CREATE INDEX queues_by_dead_letter ON queues (scope, dead_letter, name) WHERE dead_letter IS NOT NULL;

-- Short bodies lie in their row, longer ones apart, since every receive writes the row again.
CREATE TABLE messages (
  sequence             INTEGER PRIMARY KEY AUTOINCREMENT,
  shelf                INTEGER NOT NULL,
  message_group        INTEGER,
  visible_at_ms        INTEGER NOT NULL,
  receives             INTEGER NOT NULL,
  uncounted            INTEGER NOT NULL,
  earlier_receives     INTEGER NOT NULL,
  first_received_at_ms INTEGER NOT NULL,
  sent_at_ms           INTEGER NOT NULL,
  id                   TEXT NOT NULL,
  dead_letter_source   TEXT,
  details              TEXT NOT NULL,
  body                 TEXT
) STRICT;
CREATE INDEX messages_by_time ON messages (shelf, visible_at_ms, receives) WHERE message_group IS NULL;
CREATE INDEX messages_by_group ON messages (message_group, sequence) WHERE message_group IS NOT NULL;
CREATE TABLE message_bodies (
  sequence INTEGER PRIMARY KEY,
  body     TEXT NOT NULL
) STRICT;

-- FIFO: a group is ready when its first message may be received, and not while one of it is in flight. It goes with its last message.
CREATE TABLE message_groups (
  number      INTEGER PRIMARY KEY,
  shelf       INTEGER NOT NULL,
  name        TEXT NOT NULL,
  ready_at_ms INTEGER NOT NULL,
  in_flight   INTEGER NOT NULL,
  UNIQUE (shelf, name)
) STRICT;
CREATE INDEX message_groups_by_time ON message_groups (shelf, ready_at_ms);
CREATE TABLE message_deduplications (
  queue    INTEGER NOT NULL,
  key      TEXT NOT NULL,
  until_ms INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  id       TEXT NOT NULL,
  PRIMARY KEY (queue, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_deduplications_by_time ON message_deduplications (until_ms);

CREATE TABLE message_removals (
  shelf INTEGER PRIMARY KEY
) STRICT;
`;
