// A process that logs until it is killed: `node crash-writer.ts <folder> <first number>`. Prints the number up to which
// everything was appended; the parent reads these and kills it.

import { join } from 'node:path';
import { createLogs } from '#logs';
import { openLocalSegments, openSqliteStore } from '#store';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from '../support/logs-house.ts';
import { QuietLog } from '../support/quiet-log.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const log = new QuietLog();
const store = await openSqliteStore({ folder, log });
const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes: 20_000, clock: realClock });
const logs = createLogs({
  store,
  segments,
  scopes: [SCOPE],
  clock: realClock,
  random: realRandom,
  log,
});
await logs.start();
const sinks = ['a', 'b', 'c'].map((stream) => logs.openStream(SCOPE, '/aws/lambda/crash', stream));
let number = Number(first);
const turn = (): void => {
  for (const [place, sink] of sinks.entries()) {
    sink.write([{ timestampMs: Date.now(), text: `${number + place}` }]);
    sink.flush();
  }
  number += sinks.length;
  // The flush is a microtask: it has run when the next macrotask does.
  setImmediate(() => {
    process.stdout.write(`${number}\n`);
    turn();
  });
};
turn();
