// What may be an attribute of a message that is published.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMessageAttributes } from './message-attributes.ts';

// A search that goes back over the digits would look at each of them a million times, and hold up everybody for an hour.
test('digits that end in a letter cost one look, however many they are', () => {
  const StringValue = `${'1'.repeat(1024 * 1024)}x`;
  assert.throws(() => parseMessageAttributes({ count: { DataType: 'Number', StringValue } }), /to number/);
  for (const text of ['1', ' -1.5e3 ', '1.', '.5'])
    assert.doesNotThrow(() => parseMessageAttributes({ count: { DataType: 'Number', StringValue: text } }), text);
});
