// The ledger on a real store: each record on one bill, once, whatever is killed when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeFrame, openLocalSegments, type Segments, type Store, type UsageTotals } from '#store';
import { effort } from '../../test/support/effort.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { temporaryStore, type TemporaryStore } from '../../test/support/temporary-store.ts';
import { NOON, usageRecord } from '../../test/support/usage-records.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { Tally } from './meters.ts';
import { decodeRecord, encodeRecord, type UsageRecord } from './usage-record.ts';

const { scope } = usageRecord();

test('a record comes back as it was written', () => {
  const record = usageRecord({ queuedMs: 1.5, peakBytes: 2 ** 33, cpuNanos: 2n ** 63n, sandboxId: 's-1', start: 'cold' });
  assert.deepEqual(decodeRecord(encodeRecord(record)), record);
  assert.deepEqual(decodeRecord(encodeRecord(usageRecord())), usageRecord());
  const explained = usageRecord({ start: 'cold', why: 'busy; instances=3', placeMs: 30.5, specialiseMs: 1.25, loadMs: 12 });
  assert.deepEqual(decodeRecord(encodeRecord(explained)), explained);
  assert.equal(decodeRecord(Buffer.from('{"v":2}')), undefined);
  assert.equal(decodeRecord(Buffer.from('{"v":1')), undefined);
});

test('a record is with the kernel before what was awaited after it goes on', async (t) => {
  const { segments, store } = await temporaryStore(t);
  const ledger = await ledgerOn(segments, store);
  const answer = async (requestId: string): Promise<number> => {
    ledger.record(usageRecord({ requestId }));
    return 200;
  };
  const sizes: number[] = [];
  await Promise.all(
    ['a', 'b', 'c'].map(async (requestId) => {
      await answer(requestId);
      sizes.push((await segments.list()).at(-1)?.bytes ?? 0);
    }),
  );
  assert(sizes.every((size) => size > 0));
  ledger.record(usageRecord({ requestId: 'd' }));
  ledger.flush();
  assert.equal(ledger.status().pendingRecords, 0);
});

test('the records of one turn share one append', async (t) => {
  const { segments, store } = await temporaryStore(t);
  let appends = 0;
  const counting: Segments = { ...bound(segments), append: (records) => ((appends += 1), segments.append(records)) };
  const ledger = await ledgerOn(counting, store);
  for (let attempt = 1; attempt <= 64; attempt += 1) ledger.record(usageRecord({ attempt }));
  await ledger.fold();
  assert.equal(appends, 1);
});

test('a bill shows each function, with what was recorded a moment ago', async (t) => {
  const { segments, store } = await temporaryStore(t);
  const ledger = await ledgerOn(segments, store);
  ledger.record(usageRecord({ requestId: 'a', functionVersion: '1', memoryMiB: 1024, durationMs: 1000, billedMs: 1000 }));
  ledger.record(usageRecord({ requestId: 'b', functionVersion: '2', memoryMiB: 1024, durationMs: 1000, billedMs: 1000 }));
  ledger.record(usageRecord({ requestId: 'c', functionName: 'other' }));
  ledger.record(usageRecord({ requestId: 'd', startedAtMs: Date.UTC(2026, 11, 1) }));
  const bill = await ledger.bill({ scope, month: '2026-11' });
  assert.deepEqual(
    bill.functions.map(({ functionName, quantities }) => [functionName, quantities.requests]),
    [
      ['other', 1n],
      ['thumbnail', 2n],
    ],
  );
  assert.equal(bill.functions[1]?.charge.runNanos, 33_333n);
  assert.equal((await ledger.bill({ scope, month: '2026-12' })).quantities.requests, 1n);
  assert.equal((await ledger.bill({ scope, month: '2026-10' })).totalNanos, 0n);
  await assert.rejects(ledger.bill({ scope, month: '2026-13' }), { code: 'ValidationException' });
});

test('the attempts of one request are found, and the newest of a function', async (t) => {
  const { segments, store } = await temporaryStore(t, { maxSegmentBytes: 1000 });
  const ledger = await ledgerOn(segments, store);
  for (let number = 0; number < 10; number += 1) {
    ledger.record(usageRecord({ requestId: `request-${number % 5}`, attempt: number < 5 ? 1 : 2, functionName: `f${number % 2}` }));
    ledger.flush();
  }
  assert((await segments.list()).length > 2);
  assert.deepEqual((await ledger.find('request-3')).map(nameOf), ['request-3 1', 'request-3 2']);
  assert.deepEqual(await ledger.find('request-'), []);
  const recent = await ledger.recent({ scope, functionName: 'f1', limit: 3 });
  assert.deepEqual(recent.map(nameOf), ['request-4 2', 'request-2 2', 'request-0 2']);
});

test('a record that is there twice is billed once, also when the first was folded long before', async (t) => {
  const { segments, store } = await temporaryStore(t);
  const first = await ledgerOn(segments, store);
  first.record(usageRecord());
  await first.fold();
  first.record(usageRecord());
  first.record(usageRecord({ attempt: 2 }));
  await first.fold();
  const next = await ledgerOn(segments, store);
  next.record(usageRecord());
  assert.equal((await next.bill({ scope, month: '2026-11' })).quantities.requests, 2n);
});

test('of several who record and fold at once, each record counts once', async (t) => {
  const { segments, store } = await temporaryStore(t);
  const ledgers = await Promise.all(Array.from({ length: 4 }, () => ledgerOn(segments, store)));
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    ledgers[attempt % 3]?.record(usageRecord({ attempt }));
    for (const ledger of ledgers) ledger.flush();
  }
  await Promise.all(ledgers.map((ledger) => ledger.fold()));
  assert.equal((await ledgers[0]?.bill({ scope, month: '2026-11' }))?.quantities.requests, 100n);
});

test('a segment that a power cut tore is folded up to the tear, which is reported', async (t) => {
  const { segments, store } = await temporaryStore(t, { maxSegmentBytes: 10 });
  segments.append([encodeFrame(encodeRecord(usageRecord())), Buffer.from([0, 0, 1, 0, 1, 2])]);
  segments.append([encodeFrame(encodeRecord(usageRecord({ attempt: 2 })))]);
  const log = new QuietLog();
  const ledger = await openLedger({ segments, usage: store.usage, clock: new FakeClock(), log });
  assert.equal((await ledger.bill({ scope, month: '2026-11' })).quantities.requests, 2n);
  assert.equal(log.named('ledger.tail-torn').length, 1);
});

test('a full disk makes records wait, in order, and none is lost or doubled when there is room again', async (t) => {
  const { segments, store } = await temporaryStore(t);
  const clock = new FakeClock();
  const log = new QuietLog();
  let isFull = true;
  const full: Segments = {
    ...bound(segments),
    append(records) {
      if (isFull) throw new Error('no room');
      return segments.append(records);
    },
  };
  const ledger = await openLedger({ segments: full, usage: store.usage, clock, log });
  for (let attempt = 1; attempt <= 1000; attempt += 1) ledger.record(usageRecord({ attempt }));
  await clock.advance(3000);
  assert.deepEqual(ledger.status(), { pendingRecords: 1000, lostRecords: 0 });
  assert.equal(log.named('ledger.append-failed').length, 1);
  isFull = false;
  ledger.record(usageRecord({ attempt: 1001 }));
  await clock.advance(1000);
  assert.deepEqual(ledger.status(), { pendingRecords: 0, lostRecords: 0 });
  assert.equal(log.named('ledger.append-recovered').length, 1);
  ledger.record(usageRecord({ attempt: 1002 }));
  assert.equal((await ledger.bill({ scope, month: '2026-11' })).quantities.requests, 1002n);
  assert.equal(clock.pendingTimers, 0);
  await ledger.close();
});

test('segments go when their records are folded and old, and the bill stays', async (t) => {
  const { segments, store, log } = { ...(await temporaryStore(t, { maxSegmentBytes: 1000 })), log: new QuietLog() };
  const clock = new FakeClock(NOON);
  const parts = { segments, usage: store.usage, clock, log, keepDays: 10 };
  const ledger = await openLedger(parts);
  for (let day = 0; day < 20; day += 1) {
    ledger.record(usageRecord({ requestId: `day-${day}`, startedAtMs: NOON + (day - 19) * 86_400_000 }));
    ledger.flush();
  }
  await ledger.close();
  const before = await ledger.bill({ scope, month: '2026-11' });
  const next = await openLedger(parts);
  assert.deepEqual(await next.find('day-2'), []);
  assert.equal((await next.find('day-10')).length, 1);
  assert.deepEqual(await next.bill({ scope, month: '2026-11' }), before);
  assert.deepEqual(log.events, []);
});

test('the sum of what is folded is the sum of the records: none lost, none twice, whatever is killed when', async (t) => {
  const temporary = await temporaryStore(t);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => addsUp(temporary, steps)),
    { numRuns: effort(25, 500) },
  );
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      attempt: fc.integer({ min: 1, max: 3 }),
      copies: fc.constantFrom(1, 1, 1, 2),
      billedMs: fc.integer({ min: 1, max: 900_000 }),
      memoryMiB: fc.integer({ min: 128, max: 10_240 }),
      startedAtMs: fc.integer({ min: NOON, max: NOON + 40 * 86_400_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fold' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('killedFold' as const), when: fc.constantFrom('before' as const, 'after' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
let runs = 0;

async function addsUp({ folder, store }: TemporaryStore, steps: readonly Step[]): Promise<void> {
  runs += 1;
  const run = runs;
  const own = { ...scope, account: String(run).padStart(12, '0') as typeof scope.account };
  const killer = new Killer(prefixed(store.usage, run));
  const clock = new FakeClock();
  const open = async (): Promise<{ readonly segments: Segments; readonly ledger: Ledger }> => {
    const segments = await openLocalSegments({ folder: `${folder}/ledger-${run}`, maxSegmentBytes: 3000, clock });
    return { segments, ledger: await openLedger({ segments, usage: killer, clock, log: new QuietLog(), keepDays: 10_000 }) };
  };
  let { segments, ledger } = await open();
  const recorded: UsageRecord[] = [];
  for (const step of steps) {
    if (step.kind === 'record') {
      const { attempt, billedMs, memoryMiB, startedAtMs } = step;
      const requestId = `${run}-${recorded.length}`;
      const record = usageRecord({ requestId, attempt, scope: own, durationMs: billedMs, billedMs, memoryMiB, startedAtMs });
      for (let copy = 0; copy < step.copies; copy += 1) ledger.record(record);
      recorded.push(record);
    } else if (step.kind === 'fold') {
      await ledger.fold();
    } else if (step.kind === 'killedFold') {
      killer.next = step.when;
      await ledger.fold().catch(() => undefined);
      killer.next = undefined;
    }
    if (step.kind === 'kill' || step.kind === 'killedFold') {
      // The records of the turn are with the kernel, by the microtask; nothing is closed.
      await clock.advance(0);
      await segments.close();
      ({ segments, ledger } = await open());
    }
  }
  await ledger.fold();
  const tally = new Tally();
  for (const record of recorded) tally.add(record);
  assert.deepEqual(sorted(await store.usage.totals(own, '2026-01-01', '2027-12-31')), sorted(tally.totals()));
  await segments.close();
}

/** Fails the next fold as a kill would: before the store has it, or after it has it and before anybody hears of it. */
class Killer implements UsageTotals {
  readonly #usage: UsageTotals;
  next: 'before' | 'after' | undefined;

  constructor(usage: UsageTotals) {
    this.#usage = usage;
  }

  async fold(...values: Parameters<UsageTotals['fold']>): Promise<boolean> {
    if (this.next === 'before') throw new Error('killed before');
    const isFolded = await this.#usage.fold(...values);
    if (this.next === 'after') throw new Error('killed after');
    return isFolded;
  }

  foldedTo(segment: string): Promise<number> {
    return this.#usage.foldedTo(segment);
  }

  totals(...values: Parameters<UsageTotals['totals']>): ReturnType<UsageTotals['totals']> {
    return this.#usage.totals(...values);
  }
}

/** Many runs share a store, so each names its segments apart. */
function prefixed(usage: UsageTotals, run: number): UsageTotals {
  return {
    fold: (segment, ...rest) => usage.fold(`${run}-${segment}`, ...rest),
    foldedTo: (segment) => usage.foldedTo(`${run}-${segment}`),
    totals: (...values) => usage.totals(...values),
  };
}

function sorted(totals: Awaited<ReturnType<UsageTotals['totals']>>): readonly string[] {
  return totals.map(({ day, meter, resource, quantity }) => `${day} ${meter} ${resource} ${quantity}`).sort();
}

function nameOf({ requestId, attempt }: UsageRecord): string {
  return `${requestId} ${attempt}`;
}

/** The methods of a class instance, for a fake that changes one of them. */
function bound(segments: Segments): Segments {
  return {
    append: (records) => segments.append(records),
    read: (position, bytes) => segments.read(position, bytes),
    list: () => segments.list(),
    remove: (segment) => segments.remove(segment),
    sync: () => segments.sync(),
    close: () => segments.close(),
  };
}

function ledgerOn(segments: Segments, { usage }: Pick<Store, 'usage'>): Promise<Ledger> {
  return openLedger({ segments, usage, clock: new FakeClock(), log: new QuietLog() });
}
