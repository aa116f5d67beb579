// Opens a store and says so, then waits to be killed. Usage: node holder-child.ts <folder>

import { writeSync } from 'node:fs';
import { openSqliteStore } from '#store';
import { QuietLog } from '../support/quiet-log.ts';

await openSqliteStore({ folder: process.argv[2] ?? '', log: new QuietLog() });
writeSync(1, 'open\n');
