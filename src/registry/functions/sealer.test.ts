// Sealed environments: they open for their function alone, with the key they were sealed with, and not when they were changed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as assertProperty, dictionary, property, string } from 'fast-check';
import { SCOPE } from '../../../test/support/invocable.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { createSealer } from './sealer.ts';

const random = seededRandom(1);
const key = (fill: number) => Buffer.alloc(32, fill);
const owner = { scope: SCOPE, name: 'f' as never };
const sealer = createSealer({ secretKey: key(1), random });

describe('a sealed environment', () => {
  it('opens to what it was', () => {
    assertProperty(
      property(dictionary(string({ minLength: 1 }), string(), { noNullPrototype: true }), (environment) => {
        assert.deepEqual(sealer.open(owner, sealer.seal(owner, environment)), environment);
      }),
    );
  });

  it('shows nothing of its content, and never twice the same', () => {
    const [one, two] = [sealer.seal(owner, { TOKEN: 'hunter2' }), sealer.seal(owner, { TOKEN: 'hunter2' })];
    assert.doesNotMatch(Buffer.from(one.ciphertext, 'base64').toString('latin1'), /hunter2|TOKEN/);
    assert.notEqual(one.ciphertext, two.ciphertext);
    assert.notEqual(one.nonce, two.nonce);
  });

  it('does not open for another function, account or region', () => {
    const sealed = sealer.seal(owner, { A: 'secret' });
    const others = [
      { ...owner, name: 'g' as never },
      { ...owner, scope: { ...SCOPE, account: '111111111111' as never } },
      { ...owner, scope: { ...SCOPE, region: 'eu-west-1' as never } },
    ];
    for (const other of others) assert.throws(() => sealer.open(other, sealed), /cannot be decrypted/);
  });

  it('does not open when a bit of it was changed, and the error says nothing of it', () => {
    const sealed = sealer.seal(owner, { A: 'secret' });
    for (const member of ['ciphertext', 'tag', 'nonce'] as const) {
      const bytes = Buffer.from(sealed[member], 'base64');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      assert.throws(
        () => sealer.open(owner, { ...sealed, [member]: bytes.toString('base64') }),
        (error: Error) => !/secret/.test(error.message),
      );
    }
  });

  it('a tag that was cut short is not accepted', () => {
    const sealed = sealer.seal(owner, { A: 'secret' });
    const tag = Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64');
    assert.throws(() => sealer.open(owner, { ...sealed, tag }));
  });
});

describe('a changed key', () => {
  it('opens what the earlier one sealed as long as that is given, and seals with the new one', () => {
    const sealed = sealer.seal(owner, { A: '1' });
    const rotated = createSealer({ secretKey: key(2), earlierSecretKeys: [key(1)], random });
    assert.deepEqual(rotated.open(owner, sealed), { A: '1' });
    assert.notEqual(rotated.seal(owner, {}).keyId, sealed.keyId);
    const forgetful = createSealer({ secretKey: key(2), random });
    assert.throws(() => forgetful.open(owner, sealed), /encrypted with key [0-9a-f]{12}, which is not there/);
  });

  it('a key that is too short is a bug', () => {
    assert.throws(() => createSealer({ secretKey: Buffer.alloc(16), random }), /at least 32 bytes/);
  });
});
