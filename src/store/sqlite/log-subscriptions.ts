// Subscriptions of log groups in SQLite.

import type { LogSubscription, LogSubscriptionChange, LogSubscriptionKey, LogSubscriptions } from '../log-subscriptions.ts';
import type { Json, Scope } from '../store.ts';
import type { Connection } from './connection.ts';
import { accept } from './deliveries.ts';
import { afterAllWith, checkedLimit, checkedText, scopeOf, scopeText } from './keys.ts';
import type { Sync } from './verbs.ts';

interface Row {
  readonly scope: string;
  readonly log_group: string;
  readonly name: string;
  readonly created_at_ms: number;
  readonly attributes: string;
  readonly position: number;
}

const COLUMNS = 'scope, log_group, name, created_at_ms, attributes, position';

export function sqliteLogSubscriptions(connection: Connection): Sync<LogSubscriptions> {
  return {
    putSubscription: (change) => put(connection, change),

    subscriptions({ scope, group, prefix = '', after = '', limit }) {
      const rows = connection.all<Row>(
        `SELECT ${COLUMNS} FROM log_subscriptions
          WHERE scope = ? AND log_group = ? AND name >= ? AND name < CAST(? AS TEXT) AND name > ? ORDER BY name LIMIT ?`,
        scopeText(scope),
        checkedText(group),
        checkedText(prefix),
        afterAllWith(prefix),
        checkedText(after),
        checkedLimit(limit),
      );
      return rows.map(subscriptionOf);
    },

    allSubscriptions({ after, limit }) {
      const rows = connection.all<Row>(
        `SELECT ${COLUMNS} FROM log_subscriptions WHERE (scope, log_group, name) > (?, ?, ?) ORDER BY scope, log_group, name LIMIT ?`,
        ...(after === undefined ? ['', '', ''] : keyValues(after)),
        checkedLimit(limit),
      );
      return rows.map(subscriptionOf);
    },

    removeSubscription(key) {
      return (
        connection.run('DELETE FROM log_subscriptions WHERE scope = ? AND log_group = ? AND name = ?', ...keyValues(key)) === 1
      );
    },

    advanceSubscription(key, { from, to }, deliveries) {
      const sql = 'UPDATE log_subscriptions SET position = ? WHERE scope = ? AND log_group = ? AND name = ? AND position = ?';
      if (connection.run(sql, to, ...keyValues(key), from) === 0) return false;
      accept(connection, deliveries);
      return true;
    },
  };
}

function put(connection: Connection, change: LogSubscriptionChange): 'added' | 'changed' | 'full' {
  const attributes = JSON.stringify(change.attributes);
  const known = 'UPDATE log_subscriptions SET attributes = ? WHERE scope = ? AND log_group = ? AND name = ?';
  if (connection.run(known, attributes, ...keyValues(change)) === 1) return 'changed';
  const counted = connection.get<{ readonly count: number }>(
    'SELECT count(*) AS count FROM log_subscriptions WHERE scope = ? AND log_group = ?',
    scopeText(change.scope),
    checkedText(change.group),
  );
  if ((counted?.count ?? 0) >= change.groupLimit) return 'full';
  // Of all groups: numbers only grow, and whatever comes after has a greater one.
  const newest = connection.get<{ readonly sequence: number | null }>('SELECT max(sequence) AS sequence FROM log_chunks');
  connection.run(
    `INSERT INTO log_subscriptions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
    ...keyValues(change),
    change.createdAtMs,
    attributes,
    newest?.sequence ?? 0,
  );
  return 'added';
}

/** Part of the step that removes a group. */
export function removeSubscriptionsOf(connection: Connection, scope: Scope, group: string): void {
  connection.run('DELETE FROM log_subscriptions WHERE scope = ? AND log_group = ?', scopeText(scope), checkedText(group));
}

function keyValues({ scope, group, name }: LogSubscriptionKey): readonly [string, string, string] {
  return [scopeText(scope), checkedText(group), checkedText(name)];
}

function subscriptionOf(row: Row): LogSubscription {
  return {
    scope: scopeOf(row.scope),
    group: row.log_group,
    name: row.name,
    createdAtMs: row.created_at_ms,
    attributes: JSON.parse(row.attributes) as Json,
    position: row.position,
  };
}
