// Receipt handles come back as they were made, for their queue alone, and nothing else is taken for one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseReceiptHandle, receiptHandle } from './receipt-handle.ts';

const number = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const handle = fc.record({ sequence: number, receive: fc.integer({ min: 1, max: 2 ** 32 - 1 }), receivedAtMs: number });
const refused = { code: 'ReceiptHandleIsInvalid' };

test('a handle says its receive, and is of one queue', () => {
  fc.assert(
    fc.property(number, number, handle, (queue, other, made) => {
      const text = receiptHandle(queue, made);
      assert.deepEqual(parseReceiptHandle(queue, text), { ...made });
      if (other !== queue) assert.throws(() => parseReceiptHandle(other, text), refused);
    }),
  );
});

test('a handle with any character changed is none', () => {
  fc.assert(
    fc.property(number, handle, fc.nat(35), fc.constantFrom('A', 'b', '7', '/'), (queue, made, at, character) => {
      const text = receiptHandle(queue, made);
      const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`;
      if (changed !== text) assert.throws(() => parseReceiptHandle(queue, changed), refused);
    }),
  );
});

test('any text is refused as a handle and nothing worse', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.throws(() => parseReceiptHandle(1, text), refused)));
});
