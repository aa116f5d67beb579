// The way to the index: queues, failures, recovery and torn segments.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogIndex, Segments } from '#store';
import { logsHouse, SCOPE } from '../../test/support/logs-house.ts';
import type { Logs } from './index.ts';

const GROUP = '/aws/lambda/resize';

const all = async (logs: Logs) =>
  (await logs.events.search({ scope: SCOPE, group: GROUP, oldestFirst: true, matches: () => true })).events.map(
    (event) => event.text,
  );

function write(logs: Logs, stream: string, timestampMs: number, ...texts: readonly string[]): Promise<void> {
  const sink = logs.openStream(SCOPE, GROUP, stream);
  sink.write(texts.map((text) => ({ timestampMs, text })));
  sink.close();
  return Promise.resolve();
}

/** An index that fails as long as it is told to. */
function failing(state: { isFailing: boolean }): (real: LogIndex) => LogIndex {
  return (real) => ({
    ...real,
    add: (chunks) => (state.isFailing ? Promise.reject(new Error('the index is away')) : real.add(chunks)),
  });
}

test('what a process appended and never indexed is indexed by the next one, once', async (t) => {
  const state = { isFailing: true };
  const house = await logsHouse(t, { index: failing(state), maxSegmentBytes: 300 });
  for (let n = 0; n < 20; n += 1) await write(house.logs, `s${n % 3}`, house.clock.now() + n, `line ${n}`);
  await house.logs.close();
  assert.equal(house.log.named('logs.index-failed').length > 0, true);
  state.isFailing = false;
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  const second = await house.again();
  assert.deepEqual(await all(second), lines);
  await write(second, 's9', house.clock.now() + 20, 'line 20');
  assert.deepEqual(await all(await house.again()), [...lines, 'line 20']);
});

test('an index that fails for a while misses nothing', async (t) => {
  const state = { isFailing: false };
  const { logs, clock } = await logsHouse(t, { index: failing(state) });
  await write(logs, 's', clock.now(), 'before');
  assert.deepEqual(await all(logs), ['before']);
  state.isFailing = true;
  await write(logs, 's', clock.now() + 1, 'meanwhile');
  assert.deepEqual(await all(logs), ['before'], 'reading goes on with what is indexed');
  const { isHealthy, isIndexBehind, indexFailure } = logs.health();
  assert.deepEqual(
    { isHealthy, isIndexBehind, indexFailure },
    { isHealthy: false, isIndexBehind: true, indexFailure: 'the index is away' },
  );
  state.isFailing = false;
  await write(logs, 's', clock.now() + 2, 'after');
  assert.deepEqual(await all(logs), ['before', 'meanwhile', 'after']);
  assert.equal(logs.health().isHealthy, true);
});

test('a failed index is tried again by itself', async (t) => {
  const state = { isFailing: true };
  const { logs, clock } = await logsHouse(t, { index: failing(state) });
  await write(logs, 's', clock.now(), 'x');
  assert.deepEqual(await all(logs), []);
  state.isFailing = false;
  await clock.advance(1000);
  while (logs.health().isIndexBehind) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await all(logs), ['x']);
});

test('many more chunks than the queue holds all arrive, once and in order', async (t) => {
  const gate = Promise.withResolvers<void>();
  let isHeld = true;
  const { logs, clock } = await logsHouse(t, {
    index: (real) => ({
      ...real,
      async add(chunks) {
        if (isHeld) await gate.promise;
        await real.add(chunks);
      },
    }),
  });
  const count = 6000;
  for (let n = 0; n < count; n += 1) await write(logs, 's', clock.now() + n, String(n));
  assert.equal(logs.health().isIndexBehind, true, 'the queue was dropped');
  assert.equal(logs.health().isHealthy, true, 'a flood is no failure');
  isHeld = false;
  gate.resolve();
  assert.deepEqual(
    await all(logs),
    Array.from({ length: count }, (_, n) => String(n)),
  );
});

test('the torn end of a segment is stepped over and told of', async (t) => {
  const tear = (real: Segments): Segments => ({
    append: (records) => real.append(records),
    read: (position, bytes) => real.read(position, bytes),
    list: async () => (await real.list()).map(({ segment, bytes }) => ({ segment, bytes })),
    remove: (segment) => real.remove(segment),
    sync: () => real.sync(),
    close: () => real.close(),
  });
  const house = await logsHouse(t, { segments: tear });
  await write(house.logs, 's', house.clock.now(), 'whole');
  assert.deepEqual(await all(house.logs), ['whole']);
  // Half a frame, as a power cut leaves it.
  house.segments.append([Buffer.from([0, 0, 1, 0, 1, 2, 3, 4, 5])]);
  const next = await house.again();
  assert.deepEqual(await all(next), ['whole']);
  assert.equal(house.log.named('logs.tail-torn').length, 1);
});

test('a removal takes what was written before it, and what is written after it makes the group anew', async (t) => {
  const { logs, clock } = await logsHouse(t);
  for (let round = 0; round < 5; round += 1) {
    await write(logs, 's', clock.now(), `before ${round}`);
    const removed = logs.groups.remove(SCOPE, GROUP);
    await write(logs, 's', clock.now(), `meanwhile ${round}`);
    await removed;
    await write(logs, 's', clock.now(), `after ${round}`);
    const found = await all(logs);
    assert.equal(found.at(-1), `after ${round}`);
    assert.ok(found.length === 1 || found[0] === `meanwhile ${round}`, found.join());
  }
});
