// Functions' output: batches, floods and a full disk.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import type { Segments } from '#store';
import { logsHouse, SCOPE } from '../../test/support/logs-house.ts';
import type { Logs } from './index.ts';

const GROUP = '/aws/lambda/resize';
const STREAM = '2026/11/20/[$LATEST]0a1b2c';

const read = async (logs: Logs, stream = STREAM) =>
  (await logs.events.page({ scope: SCOPE, group: GROUP, stream, fromHead: true })).events.map((event) => event.text);

/** Segments that count their writes, and whose disk can be full. */
function watched(state: { isFull: boolean; readonly writes: number[] }): (real: Segments) => Segments {
  return (real) => ({
    append(records) {
      if (state.isFull) throw new Error('ENOSPC: no space left on device');
      state.writes.push(records.length);
      return real.append(records);
    },
    read: (position, bytes) => real.read(position, bytes),
    list: () => real.list(),
    remove: (segment) => real.remove(segment),
    sync: () => real.sync(),
    close: () => real.close(),
  });
}

test('the group and the stream are made with the first lines, and a flush makes them readable', async (t) => {
  const { logs, clock } = await logsHouse(t);
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  sink.write([
    { timestampMs: clock.now(), text: 'START' },
    { timestampMs: clock.now() + 0.7, text: 'hello\u0000\u001b[31m' },
  ]);
  sink.flush();
  await Promise.resolve();
  assert.deepEqual(await read(logs), ['START', 'hello\u0000\u001b[31m']);
  assert.equal((await logs.groups.need(SCOPE, GROUP)).retentionInDays, undefined);
});

test('flushes of one turn are one write, and small writes wait for company', async (t) => {
  const state = { isFull: false, writes: [] as number[] };
  const { logs, clock } = await logsHouse(t, { segments: watched(state) });
  const sinks = ['a', 'b', 'c'].map((stream) => logs.openStream(SCOPE, GROUP, stream));
  for (const sink of sinks) sink.write([{ timestampMs: clock.now(), text: 'one' }]);
  assert.deepEqual(state.writes, []);
  for (const sink of sinks) sink.flush();
  await Promise.resolve();
  assert.deepEqual(state.writes, [3], 'three streams, one write');
  for (const sink of sinks) sink.write([{ timestampMs: clock.now(), text: 'two' }]);
  await clock.advance(LIMITS.logChunkWaitMs);
  assert.deepEqual(state.writes, [3, 3], 'after a short time they are written without a flush');
  assert.deepEqual(await read(logs, 'b'), ['one', 'two']);
});

test('what all sinks hold together is bounded', async (t) => {
  const state = { isFull: false, writes: [] as number[] };
  const { logs, clock } = await logsHouse(t, { segments: watched(state), maxSegmentBytes: 64 * 1024 * 1024 });
  const line = { timestampMs: clock.now(), text: 'x'.repeat(60_000) };
  const count = Math.ceil(LIMITS.logBufferedBytes / line.text.length) + 10;
  for (let n = 0; n < count; n += 1) logs.openStream(SCOPE, GROUP, `s${n}`).write([line]);
  assert.equal(state.writes.length, 1, 'one write took all that waited');
  assert.ok((state.writes[0] ?? 0) > count - 20);
});

test('whoever reads sees what was written before, flushed or not', async (t) => {
  const { logs, clock } = await logsHouse(t);
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  sink.write([{ timestampMs: clock.now(), text: 'still in memory' }]);
  assert.deepEqual(await read(logs), ['still in memory']);
  sink.close();
});

test('a chunk is written as soon as it is full', async (t) => {
  const state = { isFull: false, writes: [] as number[] };
  const { logs, clock } = await logsHouse(t, { segments: watched(state) });
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  sink.write(Array.from({ length: 100 }, () => ({ timestampMs: clock.now(), text: 'x'.repeat(2000) })));
  assert.ok(state.writes.length >= 3, `${state.writes.length} chunks of 200 kB`);
  sink.close();
  await Promise.resolve();
  assert.equal((await read(logs)).length, 100);
});

test('a full disk drops lines and never throws; later the log says how many are missing', async (t) => {
  const state = { isFull: true, writes: [] as number[] };
  const { logs, clock, log } = await logsHouse(t, { segments: watched(state) });
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  for (const text of ['lost 1', 'lost 2']) {
    sink.write([{ timestampMs: clock.now(), text }]);
    sink.flush();
    await Promise.resolve();
  }
  const ill = logs.health();
  assert.equal(ill.isHealthy, false);
  assert.equal(ill.dropped.lines, 2);
  assert.match(ill.dropped.lastDiskError ?? '', /ENOSPC/);
  assert.equal(log.named('logs.lines-dropped').length, 1, 'told once, not for every chunk');

  state.isFull = false;
  sink.write([{ timestampMs: clock.now() + 1, text: 'kept' }]);
  sink.flush();
  await Promise.resolve();
  assert.deepEqual(await read(logs), [
    '[mayfly] 2 log lines (64 bytes) of this instance are missing here: the platform could not write to its disk.',
    'kept',
  ]);
  await clock.advance(61_000);
  assert.equal(logs.health().isHealthy, true);
});

test('PutLogEvents answers an error when the disk is full', async (t) => {
  const state = { isFull: false, writes: [] as number[] };
  const { logs, clock } = await logsHouse(t, { segments: watched(state) });
  await logs.groups.create(SCOPE, GROUP, {});
  await logs.streams.create(SCOPE, GROUP, 's');
  state.isFull = true;
  const batch = { scope: SCOPE, group: GROUP, stream: 's', lines: [{ timestampMs: clock.now(), text: 'x' }] };
  await assert.rejects(logs.events.put(batch), { code: 'ServiceUnavailableException', status: 503 });
  state.isFull = false;
  await logs.events.put(batch);
  assert.deepEqual(await read(logs, 's'), ['x']);
});

test('a flood is cut to what one instance may log, and leaves a line that says so', async (t) => {
  const { logs, clock } = await logsHouse(t, { maxSegmentBytes: 64 * 1024 * 1024 });
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  const line = 'x'.repeat(100_000);
  const count = Math.ceil((2 * LIMITS.logFloodBurstBytes) / line.length);
  for (let n = 0; n < count; n += 1) sink.write([{ timestampMs: clock.now(), text: line }]);
  const { dropped } = logs.health();
  assert.ok(dropped.lines > count / 3 && dropped.lines < count, `${dropped.lines} of ${count}`);
  assert.equal(logs.health().isHealthy, true, 'a flood is no failure of the platform');
  await clock.advance(1000);
  sink.write([{ timestampMs: clock.now(), text: 'calm again' }]);
  sink.close();
  await Promise.resolve();
  const { events } = await logs.events.page({ scope: SCOPE, group: GROUP, stream: STREAM, fromHead: false, limit: 2 });
  const last = events.map((event) => event.text);
  assert.equal(last.at(-1), 'calm again');
  const missing = await logs.events.search({
    scope: SCOPE,
    group: GROUP,
    oldestFirst: true,
    matches: (text) => text.startsWith('[mayfly]'),
  });
  const told = missing.events.map((event) => Number(/\d+/.exec(event.text)?.[0])).reduce((sum, number) => sum + number, 0);
  assert.equal(told, dropped.lines, 'every missing line is told of once');
});

test('a line longer than an event becomes several events', async (t) => {
  const { logs, clock } = await logsHouse(t, { maxSegmentBytes: 16 * 1024 * 1024 });
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  const long = 'é'.repeat(LIMITS.logEventBytes);
  sink.write([{ timestampMs: clock.now(), text: long }]);
  sink.close();
  await Promise.resolve();
  const found: string[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await logs.events.page({
      scope: SCOPE,
      group: GROUP,
      stream: STREAM,
      fromHead: true,
      ...(token === undefined ? {} : { token }),
    });
    if (page.events.length === 0) break;
    found.push(...page.events.map((event) => event.text));
    token = page.forwardToken;
  }
  assert.ok(found.length >= 2);
  assert.equal(found.join(''), long);
});

test('an idle room has no timer', async (t) => {
  const { logs, clock } = await logsHouse(t);
  const sink = logs.openStream(SCOPE, GROUP, STREAM);
  sink.write([{ timestampMs: clock.now(), text: 'x' }]);
  sink.close();
  // The last look of retention, the last sync of the segments.
  await clock.advance(120_000);
  while (clock.pendingTimers > 0) await new Promise((resolve) => setImmediate(resolve));
});
