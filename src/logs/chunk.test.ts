// Chunks: what is encoded is decoded, and damage is noticed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LIMITS, type AccountId, type Region } from '#kernel';
import { decodeFrames } from '#store';
import { decodeChunk, encodeChunk, entryOf, type ChunkOrigin } from './chunk.ts';
import { bytesOf, chunkPieces, cutText } from './chunk-pieces.ts';

const origin: ChunkOrigin = {
  scope: { account: '123456789012' as AccountId, region: 'eu-west-1' as Region },
  group: '/aws/lambda/grüße',
  stream: '2026/11/20/[$LATEST]0a1b',
  ingestedAtMs: 1_763_640_000_123,
};

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string().map((short) => short.repeat(200)),
);
const lines = fc.array(fc.record({ timestampMs: fc.integer({ min: 1_763_600_000_000, max: 1_763_603_000_000 }), text }), {
  minLength: 1,
  maxLength: 30,
});

test('what is encoded is decoded: control characters, empty lines and half surrogates included', () => {
  fc.assert(
    fc.property(lines, (written) => {
      const { bytes } = encodeChunk(origin, written);
      assert.deepEqual(
        decodeChunk(bytes),
        written.map((line) => ({ ...line, text: line.text.toWellFormed() })),
      );
    }),
  );
});

test('the entry of the index can be read from the chunk alone', () => {
  fc.assert(
    fc.property(lines, (written) => {
      const { bytes, entry } = encodeChunk(origin, written);
      const [frame] = decodeFrames(bytes, 4096);
      assert.ok(frame);
      assert.deepEqual(entryOf('0000000000ab', frame), { ...entry, segment: '0000000000ab', offset: 4096, bytes: bytes.length });
    }),
  );
});

test('damaged bytes are no chunk', () => {
  const { bytes } = encodeChunk(origin, [{ timestampMs: 1, text: 'hello' }]);
  for (let place = 0; place < bytes.length; place += 1) {
    const damaged = Uint8Array.from(bytes);
    damaged[place] = (damaged[place] ?? 0) ^ 1;
    assert.equal(decodeChunk(damaged), undefined, `byte ${place}`);
  }
  assert.equal(decodeChunk(bytes.subarray(0, -1)), undefined);
});

test('repetitive lines take little room', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({
    timestampMs: index,
    text: `request ${index} handled in 12 ms by the same old handler`,
  }));
  assert.ok(encodeChunk(origin, many).bytes.length < 8000);
});

test('pieces keep the order of the lines and the bounds of a chunk', () => {
  const line = fc.record({
    timestampMs: fc.integer({ min: 0, max: 4 * LIMITS.logChunkSpanMs }),
    text: fc.integer({ min: 0, max: 90_000 }).map((length) => 'x'.repeat(length)),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (written) => {
      const pieces = chunkPieces(written);
      assert.deepEqual(pieces.flat(), written);
      for (const piece of pieces) {
        const bytes = piece.reduce((sum, one) => sum + bytesOf(one), 0);
        assert.ok(piece.length === 1 || bytes <= LIMITS.logChunkBytes);
        const times = piece.map((one) => one.timestampMs);
        assert.ok(Math.max(...times) - Math.min(...times) <= LIMITS.logChunkSpanMs);
      }
    }),
  );
});

test('a long text is cut between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.integer({ min: 4, max: 40 }), (long, limit) => {
      const parts = cutText(long, limit);
      assert.equal(parts.join(''), long.toWellFormed());
      for (const part of parts) assert.ok(Buffer.byteLength(part) <= limit);
    }),
  );
});
