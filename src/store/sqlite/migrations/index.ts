// The migrations in their order. A number is never reused and a published migration never changes; a future `postgres/` folder
// names its files the same. They are modules, not .sql files, so that a bundle carries them.

import { firstTables } from './0001-first-tables.ts';
import { messages } from './0002-messages.ts';
import { publications } from './0006-publications.ts';
import { timers } from './0003-timers.ts';
import { archives } from './0004-archives.ts';
import { logSubscriptions } from './0005-log-subscriptions.ts';
import { deliveriesInOneRow } from './0007-deliveries-in-one-row.ts';
import { journals } from './0008-journals.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: '0001-first-tables', sql: firstTables },
  { number: 2, name: '0002-messages', sql: messages },
  { number: 3, name: '0003-timers', sql: timers },
  { number: 4, name: '0004-archives', sql: archives },
  { number: 5, name: '0005-log-subscriptions', sql: logSubscriptions },
  { number: 6, name: '0006-publications', sql: publications },
  { number: 7, name: '0007-deliveries-in-one-row', sql: deliveriesInOneRow },
  { number: 8, name: '0008-journals', sql: journals },
];
