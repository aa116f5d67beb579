// Single values as text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatTimestamp, parseBase64, parseBoolean, parseNumber, parseTimestamp } from './scalar.ts';

test('numbers are read as their types allow', () => {
  assert.equal(parseNumber('42', 'integer'), 42);
  assert.equal(parseNumber('-9007199254740991', 'long'), -9_007_199_254_740_991);
  assert.equal(parseNumber('1.5e3', 'double'), 1500);
  assert.equal(parseNumber('-Infinity', 'float'), -Infinity);
  assert.equal(parseNumber('123456789012345678901234567890', 'bigInteger'), 123_456_789_012_345_678_901_234_567_890n);
  for (const text of ['', ' 1', '1.0', '0x10', '1e3', '2147483648', 'NaN'])
    assert.equal(parseNumber(text, 'integer'), undefined, text);
  for (const text of ['', '.', 'e5', '1,5', '0x10', 'infinity']) assert.equal(parseNumber(text, 'double'), undefined, text);
});

test('booleans are read as Java and Python write them', () => {
  assert.deepEqual(['true', 'True', 'false', 'False', 'TRUE', '1', ''].map(parseBoolean), [
    true,
    true,
    false,
    false,
    undefined,
    undefined,
    undefined,
  ]);
});

test('timestamps are read in every format, and written in each', () => {
  const date = new Date(Date.UTC(2026, 10, 20, 10, 15, 30));
  for (const format of ['date-time', 'http-date', 'epoch-seconds'] as const)
    assert.deepEqual(parseTimestamp(formatTimestamp(date, format)), date);
  assert.deepEqual(parseTimestamp('2026-11-20T10:15:30'), date, 'without a zone it is UTC');
  assert.deepEqual(parseTimestamp('2026-11-20T12:15:30+02:00'), date);
  assert.deepEqual(parseTimestamp('1795169730.5'), new Date(date.getTime() + 500));
  for (const text of ['', 'now', '2026-13-45', '9'.repeat(65), '1e300']) assert.equal(parseTimestamp(text), undefined, text);
});

test('base64 is what it says or nothing', () => {
  assert.deepEqual(parseBase64('aGk='), Buffer.from('hi'));
  assert.deepEqual(parseBase64('aGk'), Buffer.from('hi'));
  assert.deepEqual(parseBase64(''), Buffer.alloc(0));
  for (const text of ['a', 'aGk=!', 'a Gk=', '====', 'aGk===']) assert.equal(parseBase64(text), undefined, text);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) =>
      assert.deepEqual(parseBase64(Buffer.from(bytes).toString('base64')), Buffer.from(bytes)),
    ),
  );
});
