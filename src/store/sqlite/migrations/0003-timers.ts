// Timers: what is due is found by the index on time, and nothing else is ever read for a timer that waits.

export const timers = `
CREATE TABLE timers (
  lane            TEXT NOT NULL,
  name            TEXT NOT NULL,
  due_at_ms       INTEGER NOT NULL,
  claimable_at_ms INTEGER NOT NULL,
  fence           INTEGER NOT NULL,
  attributes      TEXT NOT NULL,
  PRIMARY KEY (lane, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_time ON timers (lane, claimable_at_ms, name);
`;
