// Checksums against their published check values, and against themselves in pieces.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checksumOfHeader, newChecksum } from './checksum.ts';
import type { ChecksumAlgorithm } from './checksum.ts';

/** Of the nine bytes `123456789`: the CRCs from the catalogue of parametrised CRC algorithms. */
const CHECK_VALUES: Readonly<Record<ChecksumAlgorithm, string>> = {
  crc32: 'cbf43926',
  crc32c: 'e3069283',
  crc64nvme: 'ae8b14860a799888',
  sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  sha512:
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  md5: '25f9e794323b453885f5181f1b624d0b',
};

for (const [algorithm, expected] of Object.entries(CHECK_VALUES) as [ChecksumAlgorithm, string][]) {
  const digest = (...parts: Uint8Array[]) => {
    const checksum = newChecksum(algorithm);
    for (const part of parts) checksum.update(part);
    return Buffer.from(checksum.digest(), 'base64').toString('hex');
  };

  test(`${algorithm} has its published value`, () => {
    assert.equal(digest(Buffer.from('123456789')), expected);
  });

  test(`${algorithm} does not mind how its bytes are divided`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        assert.equal(digest(bytes.subarray(0, at), bytes.subarray(at)), digest(bytes));
      }),
    );
  });
}

test('headers name the algorithms that are computed, and no others', () => {
  assert.equal(checksumOfHeader('x-amz-checksum-crc64nvme'), 'crc64nvme');
  assert.equal(checksumOfHeader('x-amz-checksum-xxhash64'), undefined);
  assert.equal(checksumOfHeader('x-amz-checksum-type'), undefined);
});
