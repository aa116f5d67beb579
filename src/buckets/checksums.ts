// The checksums that S3 knows besides the ETag's MD5, and how those of parts become that of the whole. All values are base64.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

import assert from 'node:assert/strict';
import { newChecksum } from '#wire';
import { joinCrcs, type CrcForm } from './crc-joining.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Over the whole content, or over the checksums of its parts (and then shown with `-N` behind it). */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

export type RunningChecksum = ReturnType<typeof newChecksum>;

const WIRE_NAMES = { CRC32: 'crc32', CRC32C: 'crc32c', CRC64NVME: 'crc64nvme', SHA1: 'sha1', SHA256: 'sha256' } as const;
const BYTES = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const;
const CRC_FORMS: Partial<Record<ChecksumAlgorithm, CrcForm>> = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return CHECKSUM_ALGORITHMS.some((algorithm) => algorithm === name);
}

/** To refuse what cannot be a checksum of its algorithm. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const decoded = Buffer.from(value, 'base64');
  return decoded.length === BYTES[algorithm] && decoded.toString('base64') === value;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return newChecksum(WIRE_NAMES[algorithm]);
}

/** What S3 takes when an upload names only the algorithm. */
export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** A SHA of the whole cannot be had from those of the parts, and S3 makes CRC64NVME only over the whole. */
export function allowsChecksumType(algorithm: ChecksumAlgorithm, type: ChecksumType): boolean {
  return type === 'FULL_OBJECT' ? CRC_FORMS[algorithm] !== undefined : algorithm !== 'CRC64NVME';
}

export interface PartChecksum {
  readonly value: string;
  readonly bytes: number;
}

/** The checksum of an upload from those of its parts. */
export function joinChecksums(algorithm: ChecksumAlgorithm, type: ChecksumType, parts: readonly PartChecksum[]): Checksum {
  if (type === 'COMPOSITE') {
    const running = startChecksum(algorithm);
    for (const part of parts) running.update(Buffer.from(part.value, 'base64'));
    return { algorithm, type, value: running.digest() };
  }
  const form = CRC_FORMS[algorithm];
  assert(form !== undefined, `${algorithm} of a whole cannot be had from its parts: such an upload must not have begun`);
  const crcs = parts.map(({ value, bytes }) => ({ crc: BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`), bytes }));
  const joined = joinCrcs(crcs, form)
    .toString(16)
    .padStart(form.width / 4, '0');
  return { algorithm, type, value: Buffer.from(joined, 'hex').toString('base64') };
}
