// Archived events. The archive's own row holds its totals, so that nobody has to count.

export const archives = `
CREATE TABLE archives (
  id      INTEGER PRIMARY KEY,
  archive TEXT NOT NULL UNIQUE,
  events  INTEGER NOT NULL,
  bytes   INTEGER NOT NULL
) STRICT;
CREATE TABLE archived_events (
  sequence INTEGER PRIMARY KEY,
  archive  INTEGER NOT NULL,
  time_ms  INTEGER NOT NULL,
  event    BLOB NOT NULL
) STRICT;
CREATE INDEX archived_events_by_time ON archived_events (archive, time_ms, sequence);
`;
