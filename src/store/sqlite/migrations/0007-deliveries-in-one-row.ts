// Deliveries with what they carry in their own row, where that is short: most events are one row instead of two.

export const deliveriesInOneRow = `
CREATE TABLE deliveries_in_one_row (
  sequence        INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  lane            TEXT NOT NULL,
  target          TEXT NOT NULL,
  due_at_ms       INTEGER NOT NULL,
  claimable_at_ms INTEGER NOT NULL,
  attempt         INTEGER NOT NULL,
  fence           INTEGER NOT NULL,
  scope           TEXT NOT NULL,
  accepted_at_ms  INTEGER NOT NULL,
  attributes      TEXT,
  payload         BLOB NOT NULL
) STRICT;
-- Long contents lie apart, so that a claim does not write them again: the row's attributes are NULL then, and its payload is empty.
CREATE TABLE long_delivery_contents (
  sequence   INTEGER PRIMARY KEY,
  attributes TEXT NOT NULL,
  payload    BLOB NOT NULL
) STRICT;

INSERT INTO deliveries_in_one_row
  SELECT sequence, id, lane, target, due_at_ms, claimable_at_ms, attempt, fence, scope, accepted_at_ms,
      CASE WHEN length(attributes) + length(payload) <= 1024 THEN attributes END,
      CASE WHEN length(attributes) + length(payload) <= 1024 THEN payload ELSE x'' END
    FROM deliveries JOIN delivery_contents USING (sequence) ORDER BY sequence;
INSERT INTO long_delivery_contents
  SELECT sequence, attributes, payload FROM delivery_contents WHERE length(attributes) + length(payload) > 1024 ORDER BY sequence;

DROP TABLE deliveries;
DROP TABLE delivery_contents;
ALTER TABLE deliveries_in_one_row RENAME TO deliveries;
ALTER TABLE long_delivery_contents RENAME TO delivery_contents;
CREATE INDEX deliveries_by_time ON deliveries (lane, claimable_at_ms);
CREATE INDEX deliveries_by_target ON deliveries (lane, target, claimable_at_ms);
`;
