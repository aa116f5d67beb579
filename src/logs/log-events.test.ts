// Pages, tokens, searches, retention and removal, over a real store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LIMITS } from '#kernel';
import { logsHouse, SCOPE } from '../../test/support/logs-house.ts';
import type { LogLine, Logs } from './index.ts';

const GROUP = 'app';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function withStreams(logs: Logs, ...streams: readonly string[]): Promise<void> {
  await logs.groups.create(SCOPE, GROUP, {});
  for (const stream of streams) await logs.streams.create(SCOPE, GROUP, stream);
}

const put = (logs: Logs, stream: string, lines: readonly LogLine[]) =>
  logs.events.put({ scope: SCOPE, group: GROUP, stream, lines });
const texts = (events: readonly { readonly text: string }[]) => events.map((event) => event.text);
const everything = { scope: SCOPE, group: GROUP, oldestFirst: true, matches: () => true };

/** All pages of a stream in one direction. */
async function pages(
  logs: Logs,
  query: { readonly fromHead: boolean; readonly limit?: number; readonly fromMs?: number; readonly toMs?: number },
  between?: () => Promise<unknown>,
) {
  const found: string[][] = [];
  let token: string | undefined;
  for (;;) {
    const page = await logs.events.page({
      scope: SCOPE,
      group: GROUP,
      stream: 's',
      ...query,
      ...(token === undefined ? {} : { token }),
    });
    found.push([...texts(page.events)]);
    const next = query.fromHead ? page.forwardToken : page.backwardToken;
    if (next === token) return found;
    token = next;
    await between?.();
  }
}

test('what was put can be read at once, oldest or newest first', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  const nowMs = clock.now();
  await put(
    logs,
    's',
    [1, 2, 3, 4, 5].map((n) => ({ timestampMs: nowMs + n, text: `line ${n}` })),
  );
  const head = await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead: true, limit: 2 });
  assert.deepEqual(texts(head.events), ['line 1', 'line 2']);
  const tail = await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead: false, limit: 2 });
  assert.deepEqual(
    texts(tail.events),
    ['line 4', 'line 5'],
    'events of a page are in chronological order also when read backwards',
  );
  assert.match(tail.forwardToken, /^f\/\d{56}\/s$/);
  assert.match(tail.backwardToken, /^b\/\d{56}\/s$/);
});

test('tokens lead through a stream in both directions, and the same token comes back at the end', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  const lines = Array.from({ length: 7 }, (_, n) => ({ timestampMs: clock.now() + Math.floor(n / 2), text: String(n) }));
  await put(logs, 's', lines);
  assert.deepEqual(await pages(logs, { fromHead: true, limit: 3 }), [['0', '1', '2'], ['3', '4', '5'], ['6'], []]);
  assert.deepEqual(await pages(logs, { fromHead: false, limit: 3 }), [['4', '5', '6'], ['1', '2', '3'], ['0'], []]);
  // Turning round in the middle neither repeats nor skips.
  const first = await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead: true, limit: 3 });
  const second = await logs.events.page({
    scope: SCOPE,
    group: GROUP,
    stream: 's',
    fromHead: true,
    limit: 3,
    token: first.forwardToken,
  });
  const back = await logs.events.page({
    scope: SCOPE,
    group: GROUP,
    stream: 's',
    fromHead: true,
    limit: 3,
    token: second.backwardToken,
  });
  assert.deepEqual(texts(back.events), ['0', '1', '2']);
});

test('a token of the end finds what is appended later', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  for (const fromHead of [true, false]) {
    const empty = await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead });
    await put(logs, 's', [{ timestampMs: clock.now(), text: `after ${fromHead}` }]);
    const next = await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead, token: empty.forwardToken });
    assert.equal(texts(next.events).at(-1), `after ${fromHead}`);
    assert.deepEqual(
      (await logs.events.page({ scope: SCOPE, group: GROUP, stream: 's', fromHead, token: next.forwardToken })).events,
      [],
    );
  }
});

test('a time range includes its start; its end belongs to GetLogEvents only up to the millisecond before', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  const nowMs = clock.now();
  await put(
    logs,
    's',
    [0, 1, 2, 3].map((n) => ({ timestampMs: nowMs + n, text: String(n) })),
  );
  assert.deepEqual((await pages(logs, { fromHead: true, fromMs: nowMs + 1, toMs: nowMs + 3 })).flat(), ['1', '2']);
});

test('pages hold at most a mebibyte, and one event of any size', async (t) => {
  const { logs, clock } = await logsHouse(t, { maxSegmentBytes: 16 * 1024 * 1024 });
  await withStreams(logs, 's');
  const largest = 'x'.repeat(LIMITS.logEventBytes - 26);
  const most = 'y'.repeat(600_000);
  for (const text of [largest, most, most]) await put(logs, 's', [{ timestampMs: clock.now(), text }]);
  const sizes = (await pages(logs, { fromHead: true })).map((page) => page.map((text) => text.length));
  assert.deepEqual(sizes, [[largest.length], [600_000], [600_000], []]);
});

test('a search interleaves the streams of a group by time', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 'a', 'b', 'other');
  const nowMs = clock.now();
  await put(logs, 'a', [
    { timestampMs: nowMs, text: 'a0' },
    { timestampMs: nowMs + 2, text: 'a2' },
  ]);
  await put(logs, 'b', [
    { timestampMs: nowMs + 1, text: 'b1' },
    { timestampMs: nowMs + 3, text: 'b3' },
  ]);
  await put(logs, 'other', [{ timestampMs: nowMs + 1, text: 'o1' }]);
  assert.deepEqual(texts((await logs.events.search(everything)).events), ['a0', 'b1', 'o1', 'a2', 'b3']);
  assert.deepEqual(texts((await logs.events.search({ ...everything, oldestFirst: false })).events), ['b3', 'a2', 'o1', 'b1', 'a0']);
  assert.deepEqual(texts((await logs.events.search({ ...everything, streams: ['a', 'b'] })).events), ['a0', 'b1', 'a2', 'b3']);
  assert.deepEqual(texts((await logs.events.search({ ...everything, streamPrefix: 'o' })).events), ['o1']);
  assert.deepEqual(texts((await logs.events.search({ ...everything, matches: (text) => text.endsWith('1') })).events), [
    'b1',
    'o1',
  ]);
  await assert.rejects(logs.events.search({ ...everything, streams: ['missing'] }), { code: 'ResourceNotFoundException' });
  await assert.rejects(logs.events.search({ ...everything, streams: ['a'], streamPrefix: 'a' }), {
    code: 'InvalidParameterException',
  });
});

test('a search that reads much text without a match answers with a token, and comes to the end', async (t) => {
  const { logs, clock } = await logsHouse(t, { maxSegmentBytes: 256 * 1024 * 1024 });
  await withStreams(logs, 's');
  const filler = 'z'.repeat(1_000_000);
  const count = Math.ceil(LIMITS.logSearchBytes / filler.length) + 5;
  for (let n = 0; n < count; n += 1) await put(logs, 's', [{ timestampMs: clock.now() + n, text: filler }]);
  await put(logs, 's', [{ timestampMs: clock.now() + count, text: 'needle' }]);
  const needle = { ...everything, matches: (text: string) => text === 'needle' };
  const first = await logs.events.search(needle);
  assert.deepEqual(first.events, []);
  assert.ok(first.nextToken);
  const second = await logs.events.search({ ...needle, token: first.nextToken });
  assert.deepEqual(texts(second.events), ['needle']);
  assert.equal(second.nextToken, undefined);
});

test('everything is found exactly once and in order, whatever is appended meanwhile', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  const nowMs = clock.now();
  let written = 0;
  const batch = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
  let atMs = nowMs - HOUR_MS;
  const append = async (steps: readonly number[]) => {
    const lines = steps.map((stepMs) => ({ timestampMs: (atMs += stepMs), text: String(written++) }));
    await put(logs, 's', lines);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 6 }),
      fc.array(batch, { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (before, meanwhile, limit) => {
        for (const steps of before) await append(steps);
        const there = written;
        const late = [...meanwhile];
        const appendLate = async () => {
          const steps = late.pop();
          if (steps !== undefined) await append(steps);
        };
        const forward = (await pages(logs, { fromHead: true, limit: limit + 20 }, appendLate)).flat();
        assert.deepEqual(
          forward,
          Array.from({ length: forward.length }, (_, n) => String(n)),
        );
        assert.ok(forward.length >= there);
        const backward = (await pages(logs, { fromHead: false, limit: limit + 20 }, () => append([1]))).toReversed().flat();
        assert.deepEqual(
          backward,
          Array.from({ length: backward.length }, (_, n) => String(n)),
        );
      },
    ),
    { numRuns: 12 },
  );
});

test('pages over several streams are the sorted events, cut anywhere, whatever the order in which they came', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 'a', 'b', 'c');
  const baseMs = clock.now() - 20 * HOUR_MS;
  let number = 0;
  const written: { readonly timestampMs: number; readonly text: string }[] = [];
  const batch = fc.tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.array(fc.integer({ min: 0, max: 10 * HOUR_MS }), { minLength: 1, maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (batches, limit, oldestFirst) => {
        for (const [stream, offsets] of batches) {
          const lines = offsets
            .toSorted((one, other) => one - other)
            .map((offsetMs) => ({ timestampMs: baseMs + offsetMs, text: String(number++) }));
          written.push(...lines);
          await put(logs, stream, lines);
        }
        const found: string[] = [];
        let token: string | undefined;
        do {
          const page = await logs.events.search({ ...everything, oldestFirst, limit, ...(token === undefined ? {} : { token }) });
          assert.ok(page.events.length <= limit);
          found.push(...texts(page.events));
          token = page.nextToken;
        } while (token !== undefined);
        // Sorting is stable, and what came in later has the greater number.
        const sorted = texts(written.toSorted((one, other) => one.timestampMs - other.timestampMs));
        assert.deepEqual(found, oldestFirst ? sorted : sorted.toReversed());
      },
    ),
    { numRuns: 40 },
  );
});

test('events past the retention are neither shown nor kept', async (t) => {
  const { logs, clock, segments, log } = await logsHouse(t, { maxSegmentBytes: 400 });
  await withStreams(logs, 's');
  await put(logs, 's', [{ timestampMs: clock.now(), text: 'x'.repeat(500) }]);
  await clock.advance(2 * DAY_MS);
  await put(logs, 's', [{ timestampMs: clock.now(), text: 'y'.repeat(500) }]);
  await put(logs, 's', [{ timestampMs: clock.now(), text: 'z'.repeat(500) }]);
  const before = await segments.list();
  await logs.groups.setRetention(SCOPE, GROUP, 1);
  assert.deepEqual(
    texts((await logs.events.search(everything)).events).map((text) => text[0]),
    ['y', 'z'],
  );
  await clock.advance(61_000);
  // The rest happens on other threads; what was removed is told in the log.
  while (log.named('logs.segments-removed').length === 0) await new Promise((resolve) => setImmediate(resolve));
  const after = await segments.list();
  assert.ok(after.length < before.length, `${before.length} segments became ${after.length}`);
  assert.deepEqual(
    texts((await logs.events.search(everything)).events).map((text) => text[0]),
    ['y', 'z'],
  );
});

test('only the day counts of AWS are taken as retention', async (t) => {
  const { logs } = await logsHouse(t);
  await withStreams(logs);
  for (const days of [0, 2, 366, 1.5])
    await assert.rejects(logs.groups.setRetention(SCOPE, GROUP, days), { code: 'InvalidParameterException' });
  await logs.groups.setRetention(SCOPE, GROUP, 3653);
  assert.equal((await logs.groups.need(SCOPE, GROUP)).retentionInDays, 3653);
  await logs.groups.setRetention(SCOPE, GROUP, undefined);
  assert.equal((await logs.groups.need(SCOPE, GROUP)).retentionInDays, undefined);
});

test('a removed group or stream takes its events along, and a new one of its name begins empty', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's', 't');
  for (const stream of ['s', 't']) await put(logs, stream, [{ timestampMs: clock.now(), text: stream }]);
  await logs.streams.remove(SCOPE, GROUP, 's');
  await assert.rejects(put(logs, 's', [{ timestampMs: clock.now(), text: 'late' }]), {
    code: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
  assert.deepEqual(texts((await logs.events.search(everything)).events), ['t']);
  await logs.groups.remove(SCOPE, GROUP);
  await assert.rejects(logs.events.search(everything), {
    code: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
  await withStreams(logs, 's', 't');
  assert.deepEqual((await logs.events.search(everything)).events, []);
});

test('a protected group stays', async (t) => {
  const { logs } = await logsHouse(t);
  await logs.groups.create(SCOPE, GROUP, { isProtected: true });
  await assert.rejects(logs.groups.remove(SCOPE, GROUP), { code: 'ValidationException' });
  await logs.groups.setProtection(SCOPE, GROUP, false);
  await logs.groups.remove(SCOPE, GROUP);
});

test('searches beyond what reads at once wait for their turn, and are refused when too many wait', async (t) => {
  const { logs, clock } = await logsHouse(t);
  await withStreams(logs, 's');
  await put(logs, 's', [{ timestampMs: clock.now(), text: 'x' }]);
  const count = LIMITS.logSearchesAtOnce + LIMITS.logSearchesWaiting + 20;
  const answers = await Promise.allSettled(Array.from({ length: count }, () => logs.events.search(everything)));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  assert.equal(refused.length, 20);
  for (const { reason } of refused) assert.equal((reason as { code?: string }).code, 'ThrottlingException');
  assert.deepEqual(texts((await logs.events.search(everything)).events), ['x']);
});
