// Ranges: every form of the header, against a model that cuts real bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, nat, oneof, property, tuple, constant } from 'fast-check';
import { resolveCopyRange, resolveRange } from './byte-range.ts';

const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });

test('first and last byte, an open end, and the last so many', () => {
  assert.deepEqual(resolveRange('bytes=0-0', 10), part(0, 1));
  assert.deepEqual(resolveRange('bytes=2-5', 10), part(2, 6));
  assert.deepEqual(resolveRange('bytes=2-', 10), part(2, 10));
  assert.deepEqual(resolveRange('bytes=-3', 10), part(7, 10));
});

test('an end beyond the object is the end of the object', () => {
  assert.deepEqual(resolveRange('bytes=8-100', 10), part(8, 10));
  assert.deepEqual(resolveRange('bytes=-100', 10), part(0, 10));
  assert.deepEqual(resolveRange('bytes=0-99999999999999999999999', 10), part(0, 10));
});

test('what lies outside of the object cannot be had', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=99999999999999999999999-'])
    assert.equal(resolveRange(header, 10).kind, 'unsatisfiable', header);
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) assert.equal(resolveRange(header, 0).kind, 'unsatisfiable', header);
});

test('no range, several ranges and nonsense get the whole object', () => {
  for (const header of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'lines=0-1',
    'bytes=0-1,3-4',
    'bytes 0-1',
    'bytes=0x1-2',
  ])
    assert.equal(resolveRange(header, 10).kind, 'whole', header);
});

test('spaces and the case of the unit do not matter', () => {
  assert.deepEqual(resolveRange(' Bytes = 2 - 5 ', 10), part(2, 6));
});

test('a range selects what slicing the bytes selects', () => {
  const bounds = oneof(
    tuple(nat(40), nat(40)).map(([first, last]) => ({
      header: `bytes=${first}-${last}`,
      slice: [first, last + 1] as const,
      isValid: first <= last,
    })),
    nat(40).map((first) => ({ header: `bytes=${first}-`, slice: [first, Infinity] as const, isValid: true })),
    tuple(nat(40), constant(0)).map(([count]) => ({
      header: `bytes=-${count}`,
      slice: [-count, Infinity] as const,
      isValid: true,
    })),
  );
  check(
    property(nat(30), bounds, (bytes, { header, slice, isValid }) => {
      const content = Buffer.from(Array.from({ length: bytes }, (_, index) => index));
      const answer = resolveRange(header, bytes);
      const [start, end] = slice;
      const expected = Object.is(start, -0) ? Buffer.alloc(0) : content.subarray(start, end === Infinity ? undefined : end);
      if (!isValid) return assert.equal(answer.kind, 'whole');
      if (expected.length === 0) return assert.equal(answer.kind, 'unsatisfiable');
      assert.ok(answer.kind === 'part');
      assert.deepEqual(content.subarray(answer.range.start, answer.range.end), expected);
    }),
  );
});

test('a copied range has both ends and lies within its source', () => {
  assert.deepEqual(resolveCopyRange('bytes=0-9', 10), { start: 0, end: 10 });
  for (const header of ['bytes=0-10', 'bytes=5-', 'bytes=-5', 'bytes=5-4', '0-9', 'bytes=0-1,2-3'])
    assert.equal(resolveCopyRange(header, 10), undefined, header);
});
