// Looks at what a killed process left, and says what is missing or half.

import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import type { AccountId, Region, Scope } from '#kernel';
import { openLocalBlobs, openLocalSegments, openSqliteStore, readFrames } from '#store';
import type { Blobs, ClaimedDelivery, JournalRow, Segments, Store } from '#store';
import { FakeClock } from '../support/fake-clock.ts';
import { QuietLog } from '../support/quiet-log.ts';

export const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };

export interface Acknowledged {
  readonly kind: 'delivery' | 'pair' | 'object' | 'step' | 'record';
  readonly name: string;
}

/** Every seventh is too large for one buffer, and goes through a temporary file. */
export function contentOf(name: string): Buffer {
  const number = Number(name.split('-')[1]);
  return Buffer.from(name.repeat(number % 7 === 0 ? 50_000 : 10));
}

/** The second step of a journal, which changes all that a journal has. */
export function stepOf(name: string) {
  return {
    head: '2',
    entries: { firstId: 1, count: 1, body: name },
    records: [{ key: 'record', body: contentOf(name).toString() }],
    timers: [{ id: 'timer', dueAtMs: 5 }],
  };
}

export async function complaintsAbout(folder: string, acknowledged: readonly Acknowledged[]): Promise<readonly string[]> {
  const store = await openSqliteStore({ folder, log: new QuietLog() });
  const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
  const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes: 10_000, clock: new FakeClock() });
  const [deliveries, pairs, objects, steps, records] = [
    await deliveriesIn(store),
    await pairsIn(store),
    await objectsIn(store, blobs),
    await stepsIn(store),
    await recordsIn(segments),
  ];
  await Promise.all([store.close(), blobs.close(), segments.close()]);
  const found = { delivery: deliveries.names, pair: pairs.names, object: objects.names, step: steps.names, record: records };
  const missing = acknowledged
    .filter(({ kind, name }) => !found[kind].has(name))
    .map(({ kind, name }) => `the ${kind} ${name} is missing`);
  return [...missing, ...deliveries.complaints, ...pairs.complaints, ...objects.complaints, ...steps.complaints];
}

interface Found {
  readonly names: ReadonlySet<string>;
  readonly complaints: readonly string[];
}

async function deliveriesIn(store: Store): Promise<Found> {
  const names = new Set<string>();
  const complaints: string[] = [];
  const held: ClaimedDelivery[] = [];
  for (;;) {
    // Each page stays leased while the next is claimed, so that none comes twice.
    const claimed = await store.deliveries.claimDue({ lane: 'lane', nowMs: 1, leaseMs: 1, limit: 500 });
    if (claimed.length === 0) break;
    held.push(...claimed);
    for (const { id, payload, attributes } of claimed) {
      names.add(id);
      if (attributes !== id || !contentOf(id).equals(payload)) complaints.push(`the delivery ${id} is not what was accepted`);
    }
  }
  // Given back, so that the next round of the test finds them too.
  await Promise.all(held.map(({ id, fence }) => store.deliveries.reschedule(id, fence, 1, { countAttempt: false })));
  return { names, complaints };
}

async function pairsIn(store: Store): Promise<Found> {
  const [left, right] = [await namesOf(store, 'left'), await namesOf(store, 'right')];
  const both = [...left].filter((name) => right.has(name));
  const halves = [...left, ...right].filter((name) => !left.has(name) || !right.has(name));
  return { names: new Set(both), complaints: halves.map((name) => `of the pair ${name} there is one half`) };
}

async function namesOf(store: Store, kind: string): Promise<Set<string>> {
  const names = new Set<string>();
  let after: string | undefined;
  do {
    const page = await store.resources.list({ scope: SCOPE, kind, after, limit: 1000 });
    for (const { key } of page) names.add(key.name);
    after = page.at(-1)?.key.name;
  } while (after !== undefined);
  return names;
}

async function objectsIn(store: Store, blobs: Blobs): Promise<Found> {
  const names = new Set<string>();
  const complaints: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.objects.list({ scope: SCOPE, bucket: 'bucket', after, limit: 1000 });
    for (const { key, blobs: spans } of page.entries) {
      names.add(key);
      const content = await Promise.all(spans.map(async ({ blob }) => buffer(await blobs.read(blob))));
      if (!contentOf(key).equals(Buffer.concat(content))) complaints.push(`the object ${key} is not what was put`);
    }
    after = page.next;
  } while (after !== undefined);
  return { names, complaints };
}

async function stepsIn({ journals }: Store): Promise<Found> {
  const names = new Set<string>();
  const complaints: string[] = [];
  let after: JournalRow | undefined;
  do {
    const query = { scope: SCOPE, kind: 'execution', of: { owner: 'owner' }, order: 'oldest', after, limit: 500 } as const;
    const page = await journals.list(query);
    for (const { number, name } of page) {
      const opened = await journals.open(number);
      const entries = await journals.entries(number, { fromId: 1, order: 'forwards', limit: 10 });
      const { head, entries: entry, records, timers } = stepOf(name);
      const whole = [2, head, [entry], records.map(({ key, body }) => [key, body]), timers.map(({ id, dueAtMs }) => [id, dueAtMs])];
      const found = [opened?.revision, opened?.head, entries, [...(opened?.records ?? [])], [...(opened?.timers ?? [])]];
      if (isDeepStrictEqual(found, whole)) names.add(name);
      else if (!isDeepStrictEqual(found, [1, '1', [], [], []])) complaints.push(`of the step of ${name} there is a part`);
    }
    after = page.at(-1);
  } while (after !== undefined);
  return { names, complaints };
}

async function recordsIn(segments: Segments): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const { segment, bytes } of await segments.list()) {
    for await (const { record } of readFrames(segments, { segment, from: 0, to: bytes })) names.add(Buffer.from(record).toString());
  }
  return names;
}
