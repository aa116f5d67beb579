// Whose key encrypts, and in which forms it may come.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { trueRandom } from '../../test/support/temporary-registry.ts';
import { operatorKeysOf, secretKeysOf } from './secret-keys.ts';

const KEY = Buffer.alloc(32, 9);

function house(context: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-keys-'));
  context.after(() => rmSync(path, { recursive: true }));
  const folder = { path, store: path, blobs: path, usage: path, logs: path, work: path };
  return {
    ownKey: join(path, 'secret.key'),
    file: (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    keys: (environment: Record<string, string> = {}) => secretKeysOf(folder, operatorKeysOf(environment), trueRandom),
  };
}

test('without a word of the operator the folder has a key of its own, and keeps it', (context) => {
  const { keys } = house(context);
  const first = keys();
  assert.equal(first.secretKey.length, 32);
  assert.deepEqual(keys(), first);
});

test('the operator’s key comes as it is, in base64 or in hexadecimal, with or without a newline', (context) => {
  const { keys, file, ownKey } = house(context);
  for (const content of [KEY, KEY.toString('base64'), `${KEY.toString('base64')}\n`, `${KEY.toString('hex')}\r\n`])
    assert.deepEqual(Buffer.from(keys({ MAYFLY_SECRET_KEY_FILE: file('key', content) }).secretKey), KEY);
  assert.equal(existsSync(ownKey), false, 'none is made that nobody needs');
});

test('keys of before still open: the folder’s own, and those that are named', (context) => {
  const { keys, file } = house(context);
  const { secretKey } = keys();
  const older = file('older', Buffer.alloc(32, 1));
  const now = keys({ MAYFLY_SECRET_KEY_FILE: file('key', KEY), MAYFLY_EARLIER_SECRET_KEY_FILES: older });
  assert.deepEqual(
    now.earlierSecretKeys.map((key) => Buffer.from(key)),
    [Buffer.alloc(32, 1), Buffer.from(secretKey)],
  );
});

test('what is no key is refused by its path, and nothing of it is repeated', (context) => {
  const { keys, file } = house(context);
  for (const content of ['', 'hunter2', KEY.toString('base64').slice(0, -3)])
    assert.throws(
      () => keys({ MAYFLY_SECRET_KEY_FILE: file('bad', content) }),
      ({ message }: Error) => /bad \(MAYFLY_SECRET_KEY_FILE\) holds no key/.test(message) && !/hunter2|CQkJ/.test(message),
    );
  assert.throws(() => keys({ MAYFLY_EARLIER_SECRET_KEY_FILES: '/nowhere/key' }), /The key file \/nowhere\/key \(MAYFLY_EARLIER/);
});
