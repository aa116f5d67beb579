// CBOR: the examples of its own specification, round trips, and bytes that are none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cborCodec, formatCbor, parseCbor } from './cbor.ts';
import { MalformedRequest } from './malformed.ts';
import { loadService } from './model.ts';
import type { StructureShape } from './model.ts';

const parse = (hex: string) => parseCbor(Buffer.from(hex, 'hex'));

test("RFC 8949's examples are read", () => {
  // https://www.rfc-editor.org/rfc/rfc8949.html#appendix-A
  const examples: [string, unknown][] = [
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3903e7', -1000],
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65504],
    ['f90001', 5.960464477539063e-8],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f97c00', Infinity],
    ['f97e00', NaN],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['4401020304', Buffer.of(1, 2, 3, 4)],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['83010203', [1, 2, 3]],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['5f42010243030405ff', Buffer.of(1, 2, 3, 4, 5)],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ];
  for (const [hex, value] of examples) assert.deepEqual(parse(hex), value, hex);
});

test('a timestamp is a tag over seconds, both ways', () => {
  const shape = loadService('cloudwatch').shapes.get('MetricDatum') as StructureShape;
  const value = { MetricName: 'm', Timestamp: new Date(1_500_000_000_500), Value: 1.5, Values: [1, 2.5] };
  const bytes = formatCbor(cborCodec.structureWriter(shape, () => true)(value));
  assert.ok(bytes.includes(Buffer.from('c1fb', 'hex')));
  assert.deepEqual(cborCodec.structureReader(shape, () => true)(parseCbor(bytes), 0), value);
});

test('lengths that the bytes do not back, breaks and reserved forms are refused', () => {
  const hostile = [
    '9bffffffffffffffff',
    'bbffffffffffffffff',
    '5bffffffffffffffff',
    '7a7fffffff61',
    'ff',
    '9fff00',
    '1c',
    'fc',
    'a10102',
    '5f6161ff',
    '81',
    '9f',
  ];
  for (const hex of hostile) assert.throws(() => parse(hex), MalformedRequest, hex);
  assert.throws(() => parse('81'.repeat(20_000)), MalformedRequest);
  assert.throws(() => parse('c1'.repeat(20_000)), MalformedRequest);
});

test('keys reach no prototype', () => {
  const parsed = parse('a1695f5f70726f746f5f5f01') as object;
  assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
  assert.deepEqual(Object.keys(parsed), ['__proto__']);
});

test('what is written is read back', () => {
  const document = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')).map((record) => ({ ...record })),
    ),
  }));
  fc.assert(fc.property(document.value, (value) => assert.deepEqual(parseCbor(formatCbor(value)), value)));
});

test('no bytes make the parser fail otherwise than by refusing them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        parseCbor(bytes);
      } catch (error) {
        assert.ok(error instanceof MalformedRequest, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
