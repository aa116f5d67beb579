// What every LogIndex does: finds chunks by order and by time, and forgets what it is told to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LIMITS, type Scope } from '#kernel';
import type { ChunkQuery, ChunkTimeQuery, IndexedLogChunk, LogChunk, LogIndex } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function logIndexContract(implementation: string, open: OpenStore): void {
  withStore(`log index on ${implementation}`, open, (store) => {
    test('an added chunk makes its stream, and is found with its sequence', async () => {
      const chunk = chunkOf(freshScope(), 'stream', { firstTimestampMs: 5, lastTimestampMs: 9, bytes: 70, ingestedAtMs: 10 });
      await store().logs.add([chunk]);
      const [found] = await store().logs.chunks({ scope: chunk.scope, group: 'group', limit: 10 });
      assert.deepEqual(found, { ...chunk, sequence: found?.sequence });
      const row = { scope: chunk.scope, group: 'group', stream: 'stream', createdAtMs: 10, storedBytes: 70 };
      const times = { firstTimestampMs: 5, lastTimestampMs: 9, lastIngestedAtMs: 10 };
      assert.deepEqual(await store().logs.stream(chunk.scope, 'group', 'stream'), { ...row, ...times });
      assert.equal(await store().logs.storedBytes(chunk.scope, 'group'), 70);
    });

    test('a chunk that is added again changes nothing', async () => {
      const chunk = chunkOf(freshScope(), 'stream');
      await store().logs.add([chunk, chunk]);
      await store().logs.add([chunk]);
      assert.equal((await store().logs.chunks({ scope: chunk.scope, group: 'group', limit: 10 })).length, 1);
      assert.equal(await store().logs.storedBytes(chunk.scope, 'group'), chunk.bytes);
    });

    test('how far a segment was indexed never goes back', async () => {
      const chunk = chunkOf(freshScope(), 'stream');
      const { scope, segment } = chunk;
      assert.equal(await store().logs.indexedTo(segment), 0);
      await store().logs.add([{ ...chunk, offset: 100, bytes: 50 }]);
      await store().logs.add([{ ...chunk, offset: 0, bytes: 50 }]);
      await store().logs.removeGroup(scope, 'group');
      assert.equal(await store().logs.indexedTo(segment), 150);
    });

    test('a subscription begins behind what is there, and a change of it keeps its place', async () => {
      const { logs } = store();
      const scope = freshScope();
      await logs.add([chunkOf(scope, 'stream')]);
      const [before] = await logs.chunks({ scope, group: 'group', limit: 1 });
      const key = { scope, group: 'group', name: 'first' };
      const put = (name: string, createdAtMs: number, attributes: string) =>
        logs.putSubscription({ ...key, name, createdAtMs, attributes: { pattern: attributes }, groupLimit: 2 });
      assert.equal(await put('first', 1, 'ERROR'), 'added');
      assert.equal(await put('second', 2, ''), 'added');
      assert.equal(await put('third', 3, ''), 'full');
      assert.equal(await put('first', 4, 'WARN'), 'changed');
      const [first, second] = await logs.subscriptions({ scope, group: 'group', limit: 10 });
      assert.deepEqual(first, { ...key, createdAtMs: 1, attributes: { pattern: 'WARN' }, position: first?.position });
      assert.ok((first?.position ?? 0) >= (before?.sequence ?? 0));
      assert.deepEqual(await logs.subscriptions({ scope, group: 'group', prefix: 's', limit: 10 }), [second]);
      assert.deepEqual(await logs.subscriptions({ scope, group: 'group', after: 'first', limit: 10 }), [second]);
      assert.deepEqual(await logs.subscriptions({ scope, group: 'other', limit: 10 }), []);
      const all = await logs.allSubscriptions({ after: { scope, group: 'group', name: '' }, limit: 2 });
      assert.deepEqual(all, [first, second]);
      assert.equal(await logs.removeSubscription(key), true);
      assert.equal(await logs.removeSubscription(key), false);
      await logs.removeGroup(scope, 'group');
      assert.deepEqual(await logs.subscriptions({ scope, group: 'group', limit: 10 }), []);
    });

    test('a subscription moves on in the step that accepts what follows, and for one mover alone', async () => {
      const { logs, deliveries } = store();
      const scope = freshScope();
      const key = { scope, group: 'group', name: 'one' };
      await logs.putSubscription({ ...key, createdAtMs: 1, attributes: {}, groupLimit: 2 });
      const [subscription] = await logs.subscriptions({ scope, group: 'group', limit: 1 });
      const position = subscription?.position ?? -1;
      const lane = `subscribed-${scope.account}`;
      const told = (id: string) => ({
        id: `${lane}-${id}`,
        scope,
        lane,
        target: 'target',
        payload: Buffer.from('..told..').subarray(2, 6),
        attributes: {},
        acceptedAtMs: 1,
        dueAtMs: 1,
      });
      const move = (id: string, to: number) => logs.advanceSubscription(key, { from: position, to }, [told(id)]);
      assert.deepEqual(await Promise.all([move('a', position + 5), move('b', position + 6)]), [true, false]);
      const claimed = await deliveries.claimDue({ lane, nowMs: 1, leaseMs: 1, limit: 10 });
      assert.deepEqual(
        claimed.map(({ id, payload }) => [id, Buffer.from(payload).toString()]),
        [[`${lane}-a`, 'told']],
      );
      await logs.removeSubscription(key);
      assert.equal(await logs.advanceSubscription(key, { from: position + 5, to: position + 9 }, [told('c')]), false);
      assert.equal(await deliveries.nextDueAtMs(lane), 2);
    });

    test('a removed stream is gone at once, with its chunks, and begins anew', async () => {
      const { logs } = store();
      const scope = freshScope();
      const chunks = Array.from({ length: 30 }, (_, index) => chunkOf(scope, index % 2 === 0 ? 'even' : 'odd'));
      await logs.add(chunks);
      assert.equal(await logs.removeStream(scope, 'group', 'even'), true);
      assert.equal(await logs.removeStream(scope, 'group', 'even'), false);
      assert.deepEqual(streamsOf(await logs.chunks({ scope, group: 'group', limit: 100 })), ['odd']);
      assert.equal(await logs.createStream(scope, 'group', 'even', 3), true);
      assert.equal(await logs.createStream(scope, 'group', 'even', 4), false);
      assert.equal((await logs.stream(scope, 'group', 'even'))?.storedBytes, 0);
      assert.deepEqual(
        await logs.segmentsInUse(chunks.map(({ segment }) => segment)),
        new Set(chunks.filter((_, index) => index % 2 === 1).map(({ segment }) => segment)),
      );
      await logs.removeGroup(scope, 'group');
      assert.deepEqual(await logs.chunks({ scope, group: 'group', limit: 100 }), []);
    });

    test('what ended before is forgotten, in however many steps it takes', async () => {
      const { logs } = store();
      const scope = freshScope();
      await logs.add(
        Array.from({ length: 5000 }, (_, index) => chunkOf(scope, 'stream', { firstTimestampMs: index, lastTimestampMs: index })),
      );
      await logs.expire(scope, 'group', 4990);
      assert.deepEqual(
        (await logs.chunks({ scope, group: 'group', limit: 100 })).map(({ firstTimestampMs }) => firstTimestampMs),
        [4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999],
      );
      assert.equal(await logs.storedBytes(scope, 'group'), 100);
    });

    test('streams are listed by name and by their last event', async () => {
      const { logs } = store();
      const scope = freshScope();
      await logs.createStream(scope, 'group', 'a-empty', 1);
      await logs.add([
        chunkOf(scope, 'b', { lastTimestampMs: 30 }),
        chunkOf(scope, 'a', { lastTimestampMs: 10 }),
        chunkOf(scope, 'c', { lastTimestampMs: 20 }),
      ]);
      const named = async (
        query: Pick<Parameters<LogIndex['streams']>[0], 'orderBy' | 'descending' | 'prefix' | 'offset' | 'limit'>,
      ) => (await logs.streams({ scope, group: 'group', ...query })).map(({ stream }) => stream);
      assert.deepEqual(await named({ orderBy: 'name', descending: false, offset: 0, limit: 10 }), ['a', 'a-empty', 'b', 'c']);
      assert.deepEqual(await named({ orderBy: 'name', descending: true, prefix: 'a', offset: 0, limit: 1 }), ['a-empty']);
      assert.deepEqual(await named({ orderBy: 'lastEvent', descending: true, offset: 1, limit: 2 }), ['c', 'a']);
    });

    test('finds what a filter over all chunks finds, in pages', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(chunk, { maxLength: 25 }), query, (chunks, asked) =>
          findsLikeFilter(store().logs, chunks, asked),
        ),
        { numRuns: effort(60, 2000) },
      );
    });
  });
}

let offsets = 0;

function chunkOf(scope: Scope, stream: string, changed: Partial<LogChunk> = {}): LogChunk {
  offsets += 1;
  const times = { firstTimestampMs: 1, lastTimestampMs: 1, ingestedAtMs: 1 };
  return { scope, group: 'group', stream, segment: `segment-${offsets}`, offset: 0, bytes: 10, events: 1, ...times, ...changed };
}

function streamsOf(chunks: readonly IndexedLogChunk[]): readonly string[] {
  return [...new Set(chunks.map(({ stream }) => stream))];
}

const SPAN = LIMITS.logChunkSpanMs;
const time = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: SPAN - 5, max: SPAN + 5 }),
  fc.integer({ min: 3 * SPAN, max: 3 * SPAN + 5 }),
);
const streamName = fc.constantFrom<string[]>('a', 'a/1', 'b', '\u{1f600}');
const chunk = fc.record({
  stream: streamName,
  firstMs: time,
  spanMs: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(SPAN)),
});
const query = fc.record({
  streams: fc.option(fc.uniqueArray(streamName, { maxLength: 3 }), { nil: undefined }),
  streamPrefix: fc.option(fc.constantFrom<string[]>('a', 'a/', 'c'), { nil: undefined }),
  fromMs: fc.option(time, { nil: undefined }),
  toMs: fc.option(time, { nil: undefined }),
  limit: fc.integer({ min: 1, max: 4 }),
});
type Chunk = typeof chunk extends fc.Arbitrary<infer Value> ? Value : never;
type Query = typeof query extends fc.Arbitrary<infer Value> ? Value : never;

async function findsLikeFilter(logs: LogIndex, added: readonly Chunk[], asked: Query): Promise<void> {
  const scope = freshScope();
  const chunks = added.map(({ stream, firstMs, spanMs }) =>
    chunkOf(scope, stream, { firstTimestampMs: firstMs, lastTimestampMs: firstMs + spanMs, ingestedAtMs: firstMs }),
  );
  await logs.add(chunks);
  await logs.add([chunkOf(freshScope(), 'a')]);
  const expected = chunks.filter(
    ({ stream, firstTimestampMs, lastTimestampMs }) =>
      (asked.streams ?? [stream]).includes(stream) &&
      stream.startsWith(asked.streamPrefix ?? '') &&
      lastTimestampMs >= (asked.fromMs ?? 0) &&
      firstTimestampMs < (asked.toMs ?? Infinity),
  );
  const { limit, ...rest } = asked;
  const base = { scope, group: 'group', ...rest, limit };
  const bySequence = await pages((last) => logs.chunks({ ...base, afterSequence: last?.sequence } satisfies ChunkQuery), limit);
  assert.deepEqual(bySequence.map(withoutSequence), expected);

  // Chunks were added in the order of their sequence, and sorting is stable.
  const oldest = [...expected].sort((left, right) => left.firstTimestampMs - right.firstTimestampMs);
  const after = (key: 'firstTimestampMs' | 'lastTimestampMs', last: IndexedLogChunk | undefined): ChunkTimeQuery['after'] =>
    last && { timestampMs: last[key], sequence: last.sequence };
  const upwards = await pages(
    (last) => logs.chunksByTime({ ...base, order: 'oldest', after: after('firstTimestampMs', last) }),
    limit,
  );
  assert.deepEqual(upwards.map(withoutSequence), oldest);

  const newest = [...expected].reverse().sort((left, right) => right.lastTimestampMs - left.lastTimestampMs);
  const downwards = await pages(
    (last) => logs.chunksByTime({ ...base, order: 'newest', after: after('lastTimestampMs', last) }),
    limit,
  );
  assert.deepEqual(downwards.map(withoutSequence), newest);
}

async function pages(
  next: (last: IndexedLogChunk | undefined) => Promise<readonly IndexedLogChunk[]>,
  limit: number,
): Promise<readonly IndexedLogChunk[]> {
  const all: IndexedLogChunk[] = [];
  for (;;) {
    const page = await next(all.at(-1));
    assert(page.length <= limit);
    all.push(...page);
    if (page.length < limit) return all;
  }
}

function withoutSequence(indexed: IndexedLogChunk): LogChunk {
  const { sequence, ...chunk } = indexed;
  assert(sequence > 0);
  return chunk;
}
