// The store beside what it is measured with, in one run: alternating rounds, medians, ratios. Prints a table and a line of JSON.
// Run it on a quiet machine, on the disk that is meant: TMPDIR=/var/tmp npm run bench store

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AccountId, Region } from '#kernel';
import { AWS_PRICES, openLedger } from '#ledger';
import { openLocalBlobs, openLocalSegments, openSqliteStore, type NewDelivery } from '#store';
import { Connection } from '../src/store/sqlite/connection.ts';
import { accept } from '../src/store/sqlite/deliveries.ts';
import { MIGRATIONS } from '../src/store/sqlite/migrations/index.ts';
import { FakeClock } from '../test/support/fake-clock.ts';
import { QuietLog } from '../test/support/quiet-log.ts';
import { usageRecord } from '../test/support/usage-records.ts';

const ROUNDS = 5;
const ROUND_MS = 600;
const scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-'));

/** How often `once` ended in a second, and how long each took, with `flights` of them under way. */
interface Sample {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

async function sample(flights: number, once: () => void | Promise<void>): Promise<Sample> {
  const began = performance.now();
  const took: number[] = [];
  await Promise.all(
    Array.from({ length: flights }, async () => {
      for (let at = performance.now(); at - began < ROUND_MS; at = performance.now()) {
        await once();
        took.push(performance.now() - at);
      }
    }),
  );
  const elapsedMs = performance.now() - began;
  took.sort((left, right) => left - right);
  const percentile = (share: number): number => Math.round((took[Math.floor(took.length * share)] ?? 0) * 1000);
  return { perSecond: Math.round((took.length / elapsedMs) * 1000), p50Us: percentile(0.5), p99Us: percentile(0.99) };
}

function median(samples: readonly Sample[]): Sample {
  const middle = (of: (one: Sample) => number): number =>
    samples.map(of).sort((left, right) => left - right)[samples.length >> 1] ?? 0;
  return { perSecond: middle((one) => one.perSecond), p50Us: middle((one) => one.p50Us), p99Us: middle((one) => one.p99Us) };
}

let events = 0;

function event(): NewDelivery {
  events += 1;
  const times = { acceptedAtMs: events, dueAtMs: events };
  return {
    id: `event-${events}`,
    scope,
    lane: 'invoke',
    target: 'function',
    payload: new Uint8Array(500),
    attributes: {},
    ...times,
  };
}

const store = await openSqliteStore({ folder: join(folder, 'store'), log: new QuietLog() });
const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
const clock = new FakeClock();
const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes: 64 * 1024 * 1024, clock });
const ledger = await openLedger({ segments, usage: store.usage, clock, log: new QuietLog(), prices: AWS_PRICES });
const alone = new Connection(join(folder, 'alone'), MIGRATIONS);
const synced = openSync(join(folder, 'synced'), 'w');
const page = new Uint8Array(4096);
const bucket = { scope, bucket: 'bench' };
await store.objects.createBucket(bucket, {}, 0);
const entry = { key: 'key', blobs: [], bytes: 0, etag: 'etag', lastModifiedMs: 0, attributes: { type: 'text/plain' } };
await store.objects.put(bucket, entry, { kind: 'none' }, []);

const putBlob = async (): Promise<void> => {
  const writer = await blobs.create();
  await writer.write(new Uint8Array(1024));
  await writer.commit();
};
/** The same step on the same tables, synced by its own commit; on this thread, so that no message is counted against it. */
const transactionPerEvent = async (): Promise<void> => {
  alone.begin({ lazily: false });
  accept(alone, [event()]);
  alone.commit();
  await setImmediate();
};
const syncOnce = (): void => {
  writeSync(synced, page);
  fdatasyncSync(synced);
};
const recordTurn = async (records: number): Promise<void> => {
  for (let attempt = 0; attempt < records; attempt += 1) ledger.record(usageRecord({ attempt }));
  await Promise.resolve();
};

const CASES: readonly (readonly [name: string, flights: number, once: () => void | Promise<void>])[] = [
  ['one fdatasync', 1, syncOnce],
  ['accept, transaction per event', 64, transactionPerEvent],
  ['accept, group commit', 1, () => store.deliveries.accept([event()])],
  ['accept, group commit', 64, () => store.deliveries.accept([event()])],
  ['accept, group commit', 512, () => store.deliveries.accept([event()])],
  ['object index get', 1, async () => void (await store.objects.get(bucket, 'key'))],
  ['object index get', 64, async () => void (await store.objects.get(bucket, 'key'))],
  ['blob of 1 KiB', 1, putBlob],
  ['blob of 1 KiB', 16, putBlob],
  ['usage record, one a turn', 1, () => recordTurn(1)],
  ['usage records, 64 a turn', 1, () => recordTurn(64)],
];

const samples = new Map<string, Sample[]>(CASES.map(([name, flights]) => [`${name} × ${flights}`, []]));
// The usage records come last: they write 80 MB a second, as nobody does in earnest, and the disk is busy with them for a while.
for (const isUsage of [false, true]) {
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, flights, once] of CASES.filter(([name]) => name.startsWith('usage') === isUsage)) {
      const one = await sample(flights, once);
      // The first round warms the compiler up.
      if (round > 0) samples.get(`${name} × ${flights}`)?.push(one);
    }
  }
}
const medians = new Map(Array.from(samples, ([name, all]) => [name, median(all)]));
const of = (name: string): Sample => medians.get(name) ?? { perSecond: 0, p50Us: 0, p99Us: 0 };
const ratio = (value: number): number => Number(value.toFixed(2));
const ratios = {
  groupCommitOverTransactionPerEventAt64: ratio(
    of('accept, group commit × 64').perSecond / of('accept, transaction per event × 64').perSecond,
  ),
  loneAcceptOverOneSync: ratio(of('accept, group commit × 1').p50Us / of('one fdatasync × 1').p50Us),
  loneBlobOverOneSync: ratio(of('blob of 1 KiB × 1').p50Us / of('one fdatasync × 1').p50Us),
};

await store.close();
await segments.close();
await blobs.close();
alone.close();
closeSync(synced);
rmSync(folder, { recursive: true });

const table = Array.from(medians, ([name, one]) => ({
  what: name,
  'per second': one.perSecond,
  'p50 µs': one.p50Us,
  'p99 µs': one.p99Us,
}));
console.table(table);
console.table(ratios);
console.log(JSON.stringify({ bench: 'store', rounds: ROUNDS, medians: Object.fromEntries(medians), ratios }));
