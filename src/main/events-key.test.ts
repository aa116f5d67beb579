// The operator's bearer key comes in a file, or not at all.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventsKeyOf } from './events-key.ts';

test('a key is read from its file, and one that is short or missing stops the start without being repeated', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-events-key-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const read = (content: string) => {
    const path = join(folder, 'key');
    writeFileSync(path, content);
    return eventsKeyOf({ MAYFLY_EVENTS_KEY_FILE: path });
  };
  assert.equal(eventsKeyOf({}), undefined);
  assert.equal(read('0123456789abcdef/+=\n'), '0123456789abcdef/+=');
  assert.throws(
    () => read('too-short'),
    (error: Error) => /16 characters/.test(error.message) && !error.message.includes('too-short'),
  );
  assert.throws(() => read('with blanks between the words'), /16 characters/);
  assert.throws(() => eventsKeyOf({ MAYFLY_EVENTS_KEY_FILE: join(folder, 'none') }), /cannot be read/);
});
