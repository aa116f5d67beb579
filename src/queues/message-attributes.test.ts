// What may be an attribute of a message.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { checkAttributes } from './message-attributes.ts';

const number = (value: string) => () => checkAttributes({ count: { type: 'Number', value } });

test('numbers are decimal, of up to 38 digits', () => {
  for (const value of ['0', '-1', '+1', '1.', '.5', '-1.25', '1e5', '1.5E-10', '12345678901234567890123456789012345678'])
    assert.doesNotThrow(number(value), value);
  for (const value of ['.', '1.2.3', 'e5', '0x10', 'Infinity', '1e129', '123456789012345678901234567890123456789'])
    assert.throws(number(value), /to a number/, value);
});

// A search that goes back over the digits would look at each of them a million times, and hold up everybody for an hour.
test('digits that end in a letter cost one look, however many they are', () => {
  assert.throws(number(`${'1'.repeat(LIMITS.queueMessageBytes)}x`), /to a number/);
});
