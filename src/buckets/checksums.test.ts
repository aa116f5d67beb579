// Checksums: the published check values, splits that do not matter, and parts that join to the whole.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assert as check, array, constantFrom, property, uint8Array } from 'fast-check';
import { CHECKSUM_ALGORITHMS, isChecksumValue, joinChecksums, startChecksum, type ChecksumAlgorithm } from './checksums.ts';

const CRCS = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

function checksum(algorithm: ChecksumAlgorithm, ...pieces: readonly Uint8Array[]): string {
  const running = startChecksum(algorithm);
  for (const piece of pieces) running.update(piece);
  return running.digest();
}

test('"123456789" gives the published check values', () => {
  const digits = Buffer.from('123456789');
  const hex = (algorithm: ChecksumAlgorithm) => Buffer.from(checksum(algorithm, digits), 'base64').toString('hex');
  assert.equal(hex('CRC32'), 'cbf43926');
  assert.equal(hex('CRC32C'), 'e3069283');
  assert.equal(hex('CRC64NVME'), 'ae8b14860a799888');
  assert.equal(hex('SHA1'), createHash('sha1').update(digits).digest('hex'));
  assert.equal(hex('SHA256'), createHash('sha256').update(digits).digest('hex'));
});

test('how the content is cut does not matter', () => {
  check(
    property(constantFrom(...CHECKSUM_ALGORITHMS), array(uint8Array({ maxLength: 100 }), { maxLength: 8 }), (algorithm, pieces) => {
      assert.equal(checksum(algorithm, ...pieces), checksum(algorithm, Buffer.concat(pieces)));
    }),
  );
});

test('the CRCs of the parts join to the CRC of the whole', () => {
  check(
    property(constantFrom(...CRCS), array(uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }), (algorithm, pieces) => {
      const parts = pieces.map((piece) => ({ value: checksum(algorithm, piece), bytes: piece.length }));
      const joined = joinChecksums(algorithm, 'FULL_OBJECT', parts);
      assert.equal(joined.value, checksum(algorithm, Buffer.concat(pieces)));
    }),
  );
});

test('a composite checksum is the checksum of the checksums', () => {
  const parts = ['one', 'two'].map((text) => ({ value: checksum('SHA256', Buffer.from(text)), bytes: 3 }));
  const expected = createHash('sha256');
  for (const text of ['one', 'two']) expected.update(createHash('sha256').update(text).digest());
  assert.equal(joinChecksums('SHA256', 'COMPOSITE', parts).value, expected.digest('base64'));
});

test('what cannot be a checksum of its algorithm is seen', () => {
  assert.ok(isChecksumValue('CRC32', checksum('CRC32', Buffer.from('x'))));
  for (const value of ['', 'AAAA', 'AAAAAAA=', '!!!!!!==', checksum('SHA1', Buffer.from('x'))])
    assert.ok(!isChecksumValue('CRC32', value), value);
});
