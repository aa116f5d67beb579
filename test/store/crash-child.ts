// The process that the crash test kills: saves things of every kind as fast as it can, and says on stdout what was acknowledged.
// Usage: node crash-child.ts <folder> <run> [early], where `early` acknowledges before it saved (the control that must be caught).

import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFrame, openLocalBlobs, openLocalSegments, openSqliteStore } from '#store';
import { FakeClock } from '../support/fake-clock.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { contentOf, SCOPE, stepOf, type Acknowledged } from './crash-witness.ts';

const [folder = '', run = '', mode] = process.argv.slice(2);
const store = await openSqliteStore({ folder, log: new QuietLog() });
const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes: 10_000, clock: new FakeClock() });
await store.objects.createBucket({ scope: SCOPE, bucket: 'bucket' }, {}, 0);

const LANES = 4;
let number = 0;
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (;;) {
      number += 1;
      const name = `${run}-${number}`;
      await Promise.all([
        saved({ kind: 'delivery', name }, () => accept(name)),
        saved({ kind: 'pair', name }, () => putPair(name)),
        saved({ kind: 'object', name }, () => putObject(name)),
        saved({ kind: 'step', name }, () => step(name)),
        saved({ kind: 'record', name }, async () => void segments.append([encodeFrame(Buffer.from(name))])),
      ]);
    }
  }),
);

async function saved(what: Acknowledged, save: () => Promise<void>): Promise<void> {
  if (mode === 'early') acknowledge(what);
  await save();
  if (mode !== 'early') acknowledge(what);
}

/** In one write, so that a kill leaves no half line behind a whole one. */
function acknowledge(what: Acknowledged): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

async function accept(name: string): Promise<void> {
  const times = { acceptedAtMs: 0, dueAtMs: 0 };
  await store.deliveries.accept([
    { id: name, scope: SCOPE, lane: 'lane', target: 't', payload: contentOf(name), attributes: name, ...times },
  ]);
}

async function putPair(name: string): Promise<void> {
  const change = { put: name };
  await store.resources.commit(['left', 'right'].map((kind) => ({ key: { scope: SCOPE, kind, name }, expect: 'absent', change })));
}

async function step(name: string): Promise<void> {
  const first = { head: '1', isBusy: true };
  const journal = { scope: SCOPE, kind: 'execution', owner: 'owner', name, startedAtMs: 0, groups: [], attributes: null } as const;
  const outcome = await store.journals.begin({ ...journal, first });
  if (outcome.kind === 'exists') throw new Error(`${name} has begun before.`);
  const { head, entries, records, timers } = stepOf(name);
  const isTaken = await store.journals.append(outcome.number, 1, { head, entries, records, timers, isBusy: false });
  if (!isTaken) throw new Error(`${name} was not at its first step.`);
}

async function putObject(name: string): Promise<void> {
  const writer = await blobs.create();
  await writer.write(contentOf(name));
  const { blob, bytes } = await writer.commit();
  const entry = { key: name, blobs: [{ blob, bytes }], bytes, etag: name, lastModifiedMs: 0, attributes: null };
  await store.objects.put({ scope: SCOPE, bucket: 'bucket' }, entry, { kind: 'none' }, []);
}
