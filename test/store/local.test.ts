// The contract suites of Blobs and Segments on local folders, and what only these promise.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openLocalBlobs, openLocalSegments, type LocalBlobs, type Segments } from '#store';
import { FakeClock } from '../support/fake-clock.ts';
import { blobsContract } from './blobs-contract.ts';
import { segmentsContract } from './segments-contract.ts';

blobsContract('a local folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'));
  const opened: LocalBlobs[] = [];
  const reopen = async (): Promise<LocalBlobs> => {
    const blobs = await openLocalBlobs({ folder });
    opened.push(blobs);
    return blobs;
  };
  return {
    blobs: await reopen(),
    reopen,
    async close() {
      for (const blobs of opened) await blobs.close();
      await rm(folder, { recursive: true });
    },
  };
});

segmentsContract('a local folder', async (maxSegmentBytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-segments-'));
  const opened: Segments[] = [];
  const reopen = async (): Promise<Segments> => {
    const segments = await openLocalSegments({ folder, maxSegmentBytes, clock: new FakeClock() });
    opened.push(segments);
    return segments;
  };
  return {
    segments: await reopen(),
    reopen,
    async close() {
      for (const segments of opened) await segments.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('what writers left half-done goes at the next opening', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await openLocalBlobs({ folder });
  const writer = await first.create();
  await writer.write(Buffer.alloc(1_000_000));
  await writer.write(Buffer.alloc(1_000_000));
  await first.close();
  assert.equal((await readdir(join(folder, 'parts'))).length, 1);
  const next = await openLocalBlobs({ folder });
  assert.deepEqual(await readdir(join(folder, 'parts')), []);
  await next.close();
});

test('a blob that a kill tore is neither listed nor kept', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, '00000007'), { recursive: true });
  await writeFile(join(folder, '00000007', '00000007-000-5'), 'whole');
  await writeFile(join(folder, '00000007', '00000007-001-5'), 'to');
  const blobs = await openLocalBlobs({ folder });
  assert.deepEqual(await blobs.list(undefined, 10), ['00000007-000-5']);
  assert.deepEqual(await readdir(join(folder, '00000007')), ['00000007-000-5']);
  await blobs.close();
});

test('a folder of blobs goes with the last of them, and its number is not used again', async (t) => {
  const folder = await temporaryFolder(t);
  const names: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    const blobs = await openLocalBlobs({ folder });
    await blobs.remove(names);
    const writer = await blobs.create();
    await writer.write(Buffer.from('content'));
    names.push((await writer.commit()).blob);
    await blobs.close();
  }
  assert.equal(new Set(names).size, 3);
  assert.deepEqual((await readdir(folder)).sort(), ['00000002', '00000003', 'parts']);
});

test('a blob that lost its end on the disk is an error, not a shorter content', async (t) => {
  const folder = await temporaryFolder(t);
  const blobs = await openLocalBlobs({ folder });
  const writer = await blobs.create();
  await writer.write(Buffer.from('content'));
  const { blob } = await writer.commit();
  await truncate(await blobs.localPath(blob), 3);
  await assert.rejects(blobs.read(blob), /shorter than its name says/);
  await blobs.close();
});

test('appended records are synced a second later, and an idle folder has no timer', async (t) => {
  const folder = await temporaryFolder(t);
  const clock = new FakeClock();
  const segments = await openLocalSegments({ folder, maxSegmentBytes: 1000, clock });
  assert.equal(clock.pendingTimers, 0);
  segments.append([Buffer.from('one')]);
  segments.append([Buffer.from('two')]);
  assert.equal(clock.pendingTimers, 1);
  await clock.advance(1000);
  assert.equal(clock.pendingTimers, 0);
  segments.append([Buffer.from('three')]);
  await segments.close();
  assert.equal(clock.pendingTimers, 0);
  assert.throws(() => segments.append([Buffer.from('late')]), /closed/);
});

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-local-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
