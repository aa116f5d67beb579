// Frames out of any cutting of their bytes, and nothing out of bytes that break the rules.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';

import { array, assert as assertProperty, dictionary, integer, property, record, string, uint8Array } from 'fast-check';

import { encodeFrame, FRAME, FrameReader } from './frames.ts';
import type { Frame } from './frames.ts';

function reading(allowance: (kind: number) => number | undefined = () => 1 << 20): {
  readonly frames: Frame[];
  readonly violations: string[];
  readonly reader: FrameReader;
} {
  const frames: Frame[] = [];
  const violations: string[] = [];
  const reader = new FrameReader({
    allowance,
    onFrame: (frame) => frames.push(frame),
    onViolation: (detail) => violations.push(detail),
  });
  return { frames, violations, reader };
}

/** `initFailed` → `INIT_FAILED` */
const screaming = (kind: string): string => kind.replaceAll(/[A-Z]/g, '_$&').toUpperCase();

const bytesOf = (kind: number, head: object, payload?: Uint8Array): Buffer => Buffer.concat(encodeFrame(kind, head, payload));

describe('frames', () => {
  it('have the same numbers in every runtime', () => {
    const runtimes = new URL('../../runtimes/', import.meta.url);
    const { KIND } = createRequire(runtimes)('./node/frames.cjs') as { readonly KIND: unknown };
    assert.deepEqual(KIND, FRAME);
    const python = readFileSync(new URL('python/mayfly_agent/channel.py', runtimes), 'utf8');
    const numbers = new Map(Array.from(python.matchAll(/^([A-Z_]+) = (\d+)$/gm), ([, name, number]) => [name, Number(number)]));
    const known = Object.entries(FRAME).filter(([kind]) => numbers.has(screaming(kind)));
    assert.ok(known.length >= 11, 'all that Python speaks of');
    for (const [kind, number] of known) assert.equal(numbers.get(screaming(kind)), number, kind);
  });

  it('come out as they went in, however their bytes are cut', () => {
    const frame = record({
      kind: integer({ min: 0, max: 255 }),
      head: dictionary(string(), string(), { maxKeys: 5 }),
      payload: uint8Array({ maxLength: 9000 }),
    });
    assertProperty(
      property(
        array(frame, { maxLength: 5 }),
        array(integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }),
        (sent, cuts) => {
          const bytes = Buffer.concat(sent.map(({ kind, head, payload }) => bytesOf(kind, head, payload)));
          const { frames, violations, reader } = reading();
          for (let at = 0, cut = 0; at < bytes.byteLength; cut++) {
            const length = cuts[cut % cuts.length] ?? 1;
            reader.push(bytes.subarray(at, at + length));
            at += length;
          }
          assert.deepEqual(violations, []);
          assert.deepEqual(
            frames.map(({ kind, head, payload }) => ({ kind, head: { ...head }, payload: [...payload] })),
            sent.map(({ kind, head, payload }) => ({ kind, head: { ...head }, payload: [...payload] })),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('never crash the reader, whatever comes', () => {
    assertProperty(
      property(array(uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
        const { reader } = reading((kind) => (kind % 2 === 0 ? 100 : undefined));
        for (const chunk of chunks) reader.push(Buffer.from(chunk));
      }),
    );
  });

  it('of a kind that may not come now are judged before their bytes are stored', () => {
    const { frames, violations, reader } = reading((kind) => (kind === FRAME.returned ? 10 : undefined));
    reader.push(bytesOf(FRAME.threw, {}).subarray(0, 9));
    assert.deepEqual(violations, [`a frame of kind ${FRAME.threw} that nobody waits for`]);
    reader.push(bytesOf(FRAME.returned, {}));
    assert.deepEqual(frames, [], 'after a violation nothing is read any more');
  });

  it('may have as much payload as is allowed and not a byte more', () => {
    const exact = reading(() => 10);
    exact.reader.push(bytesOf(FRAME.returned, { a: 1 }, Buffer.alloc(10)));
    assert.equal(exact.frames[0]?.payload.byteLength, 10);
    const over = reading(() => 10);
    over.reader.push(bytesOf(FRAME.returned, { a: 1 }, Buffer.alloc(11)));
    assert.deepEqual(over.violations, ['a payload of 11 bytes where 10 are allowed']);
  });

  it('leave in one piece when small, and without copying what is large', () => {
    assert.equal(encodeFrame(FRAME.invoke, {}, Buffer.alloc(100)).length, 1);
    const large = Buffer.alloc(100_000);
    assert.equal(encodeFrame(FRAME.invoke, {}, large)[1], large);
  });
});
