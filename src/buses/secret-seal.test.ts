// What is sealed opens for the connection that it belongs to, with the key that sealed it, and as it was.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SCOPE } from '../../test/support/invocable.ts';
import { SecretSeal } from './secret-seal.ts';

const random = { uuid: () => '', bytes: (count: number) => randomBytes(count), fraction: () => 0 };
const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const owner = { scope: SCOPE, id: 'connection-1' };
const secrets = { secret: 'hush' };

test('a seal shows nothing, and no two are alike', () => {
  const seal = new SecretSeal({ secretKey: one }, random);
  const sealed = seal.seal(owner, secrets);
  assert.deepEqual(seal.open(owner, sealed), secrets);
  assert.ok(!JSON.stringify(sealed).includes(Buffer.from('hush').toString('base64').slice(0, 4)));
  assert.notEqual(seal.seal(owner, secrets).ciphertext, sealed.ciphertext);
});

test('elsewhere, changed, or with another key it does not open', () => {
  const seal = new SecretSeal({ secretKey: one }, random);
  const sealed = seal.seal(owner, secrets);
  assert.equal(seal.open({ ...owner, id: 'connection-2' }, sealed), undefined);
  assert.equal(seal.open(owner, { ...sealed, tag: Buffer.alloc(16).toString('base64') }), undefined);
  assert.equal(new SecretSeal({ secretKey: other }, random).open(owner, sealed), undefined);
});

test('a key that was used before still opens', () => {
  const sealed = new SecretSeal({ secretKey: one }, random).seal(owner, secrets);
  assert.deepEqual(new SecretSeal({ secretKey: other, earlierSecretKeys: [one] }, random).open(owner, sealed), secrets);
});
