// Fills a small disk, makes room again and goes on; exits with 0 when everything behaved. Usage: node full-disk-child.ts <folder>
// It must run where <folder> is a disk of its own: see failures.test.ts.

import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encodeFrame, openLocalBlobs, openLocalSegments, openSqliteStore, readFrames } from '#store';
import { FakeClock } from '../support/fake-clock.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { SCOPE } from './crash-witness.ts';

const folder = process.argv[2] ?? '';
const BALLAST_BYTES = 4 * 1024 * 1024;
const ballast = join(folder, 'ballast');
writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));

await fillStore();
await fillBlobs();
await fillSegments();

async function fillStore(): Promise<void> {
  const open = { folder: join(folder, 'store'), log: new QuietLog(), onFailure: (failure: Error) => assert.fail(failure) };
  const store = await openSqliteStore(open);
  const saved: string[] = [];
  const accept = async (id: string): Promise<void> => {
    const times = { acceptedAtMs: 0, dueAtMs: 0 };
    await store.deliveries.accept([
      { id, scope: SCOPE, lane: 'l', target: 't', payload: new Uint8Array(100_000), attributes: null, ...times },
    ]);
    saved.push(id);
  };
  const refusal = await refusalOf((number) => Promise.all([accept(`${number}-a`), accept(`${number}-b`)]));
  assert.match(refusal, /^StoreFailure full: The change was not saved \(.*mayfly\.sqlite\)\. .*try again\.$/);
  assert.equal((await store.deliveries.backlog('l')).get('t'), saved.length, 'it can still be read');
  assert.match(await refusalOf((number) => accept(`${number}-c`)), /^StoreFailure full/);

  rmSync(ballast);
  await accept('after');
  assert.equal((await store.deliveries.backlog('l')).get('t'), saved.length);
  await store.close();
  const again = await openSqliteStore(open);
  assert.equal((await again.deliveries.backlog('l')).get('t'), saved.length);
  await again.close();
  rmSync(join(folder, 'store'), { recursive: true });
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
}

async function fillBlobs(): Promise<void> {
  const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
  const saved: string[] = [];
  const put = async (bytes: number): Promise<void> => {
    const writer = await blobs.create();
    try {
      for (let left = bytes; left > 0; left -= 100_000) await writer.write(Buffer.alloc(Math.min(left, 100_000), 7));
      saved.push((await writer.commit()).blob);
    } finally {
      await writer.discard();
    }
  };
  for (const bytes of [90_000, 700_000]) {
    const refusal = await refusalOf(() => put(bytes));
    assert.match(refusal, /^StoreFailure full: The content was not saved .*free some space/);
  }
  const names = readdirSync(join(folder, 'blobs'), { recursive: true }).filter((name) => /-\d+$|part$/.test(String(name)));
  assert.equal(names.length, saved.length, 'what did not fit takes no space');
  rmSync(ballast);
  await put(90_000);
  await put(700_000);
  for (const blob of saved) assert((await buffer(await blobs.read(blob))).every((byte) => byte === 7));
  await blobs.close();
  const next = await openLocalBlobs({ folder: join(folder, 'blobs') });
  assert.deepEqual(await next.list(undefined, 1000), saved.sort(), 'nothing half is left');
  await next.close();
  rmSync(join(folder, 'blobs'), { recursive: true });
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
}

async function fillSegments(): Promise<void> {
  const segments = await openLocalSegments({
    folder: join(folder, 'segments'),
    maxSegmentBytes: 1_000_000,
    clock: new FakeClock(),
  });
  const saved: number[] = [];
  const append = (number: number): void => {
    segments.append([encodeFrame(Buffer.alloc(30_000, number)), encodeFrame(Buffer.alloc(30_000, number))]);
    saved.push(number % 256);
  };
  const refusal = await refusalOf(async (number) => append(number));
  assert.match(refusal, /^StoreFailure full: The records were not appended .*free some space/);
  rmSync(ballast);
  append(250);
  const found: (number | undefined)[] = [];
  for (const { segment, bytes } of await segments.list()) {
    for await (const { record } of readFrames(segments, { segment, from: 0, to: bytes })) found.push(record[0]);
  }
  assert.deepEqual(
    found,
    saved.flatMap((number) => [number, number]),
    'a record that did not fit left no tear',
  );
  await segments.close();
}

async function refusalOf(fill: (number: number) => Promise<unknown>): Promise<string> {
  for (let number = 0; number < 1000; number += 1) {
    try {
      await fill(number);
    } catch (error) {
      assert(error instanceof Error && 'kind' in error, String(error));
      return `${error.name} ${String(error.kind)}: ${error.message}`;
    }
  }
  return 'the disk was never full';
}
