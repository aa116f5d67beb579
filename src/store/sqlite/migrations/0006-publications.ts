// Tables of ordered publications: the last number of each stream, and the keys that are known for a while.

export const publications = `
  CREATE TABLE publication_streams (
    scope TEXT NOT NULL,
    stream TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (scope, stream)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE publications (
    scope TEXT NOT NULL,
    stream TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, stream, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX publications_until ON publications (until_ms);
`;
