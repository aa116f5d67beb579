// The process that the crash test kills: serves the buckets of a folder, and says its endpoint on stdout. Usage: node server-child.ts <folder>

import { join } from 'node:path';
import { openLocalBlobs, openSqliteStore } from '#store';
import { QuietLog } from '../support/quiet-log.ts';
import { serveBuckets } from '../support/s3-house.ts';

const [folder = ''] = process.argv.slice(2);
const log = new QuietLog();
const store = await openSqliteStore({ folder, log });
const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
const { endpoint } = await serveBuckets({ store, blobs, log, validateDestination: () => Promise.resolve({ kind: 'valid' }) });
process.stdout.write(`${endpoint}\n`);
