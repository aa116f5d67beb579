// Subscriptions of log groups, with how far each has come.

export const logSubscriptions = `
CREATE TABLE log_subscriptions (
  scope         TEXT NOT NULL,
  log_group     TEXT NOT NULL,
  name          TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  attributes    TEXT NOT NULL,
  position      INTEGER NOT NULL,
  PRIMARY KEY (scope, log_group, name)
) STRICT, WITHOUT ROWID;
`;
