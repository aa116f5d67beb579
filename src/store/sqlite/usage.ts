// Usage totals in SQLite.

import type { UsageTotal, UsageTotals } from '../usage.ts';
import type { Connection } from './connection.ts';
import { scopeOf, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

interface Row {
  readonly scope: string;
  readonly day: string;
  readonly meter: string;
  readonly resource: string;
  /** Text, since a JavaScript number would round what is above 2^53. */
  readonly quantity: string;
}

export function sqliteUsage(connection: Connection): Sync<UsageTotals> {
  const foldedTo = (segment: string): number => {
    const sql = 'SELECT folded_to FROM usage_folds WHERE segment = ?';
    return connection.get<{ readonly folded_to: number }>(sql, segment)?.folded_to ?? 0;
  };
  return {
    foldedTo,

    fold(segment, fromOffset, toOffset, totals) {
      if (foldedTo(segment) !== fromOffset) return false;
      const sql =
        'INSERT INTO usage_folds (segment, folded_to) VALUES (?, ?) ON CONFLICT (segment) DO UPDATE SET folded_to = excluded.folded_to';
      connection.run(sql, segment, toOffset);
      for (const total of totals) add(connection, total);
      connection.touch('usage');
      return true;
    },

    totals(scope, fromDay, toDay) {
      const rows = connection.all<Row>(
        `SELECT scope, day, meter, resource, CAST(quantity AS TEXT) AS quantity FROM usage_totals
          WHERE scope = ? AND day >= ? AND day < ? ORDER BY day, meter, resource`,
        scopeText(scope),
        fromDay,
        toDay,
      );
      return rows.map((row) => ({
        scope: scopeOf(row.scope),
        day: row.day,
        meter: row.meter,
        resource: row.resource,
        quantity: BigInt(row.quantity),
      }));
    },
  };
}

function add(connection: Connection, { scope, day, meter, resource, quantity }: UsageTotal): void {
  // The table is STRICT: a sum beyond 64 bits becomes a float in SQLite, and is refused rather than stored.
  connection.run(
    `INSERT INTO usage_totals (scope, day, meter, resource, quantity) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (scope, day, meter, resource) DO UPDATE SET quantity = quantity + excluded.quantity`,
    scopeText(scope),
    day,
    meter,
    resource,
    quantity,
  );
}
