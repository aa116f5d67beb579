// The many members in which S3's operations carry one checksum, and the one form that the room has for it.

import type { Checksum, ChecksumAlgorithm, ChecksumType } from '#buckets';
import { CHECKSUM_ALGORITHMS, isChecksumAlgorithm, isChecksumValue } from '#buckets';
import { ApiError } from '#kernel';
import type { CallContext } from '../operation.ts';

export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ChecksumSHA512?: string | undefined;
  readonly ChecksumMD5?: string | undefined;
  readonly ChecksumXXHASH64?: string | undefined;
  readonly ChecksumXXHASH3?: string | undefined;
  readonly ChecksumXXHASH128?: string | undefined;
}

const OTHERS = ['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const;

export interface GivenChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value?: string | undefined;
}

/** What a body comes with: a checksum in a header, one that follows in a trailer, or only the name of one to be made. */
export function checksumOfBody(
  input: ChecksumMembers & { readonly ChecksumAlgorithm?: string | undefined },
  { headers }: CallContext,
): GivenChecksum | undefined {
  const given = givenChecksum(input);
  if (given !== undefined) {
    if (!isChecksumValue(given.algorithm, given.value))
      throw new ApiError('InvalidRequest', `Value for x-amz-checksum-${given.algorithm.toLowerCase()} header is invalid.`);
    return given;
  }
  const trailer = /(?:^|,)\s*x-amz-checksum-([a-z0-9]+)/i.exec(headers['x-amz-trailer'] ?? '')?.[1];
  return trailer === undefined ? namedAlgorithm(input.ChecksumAlgorithm) : namedAlgorithm(trailer.toUpperCase());
}

/** The one checksum among the members, whatever its form. */
export function givenChecksum(
  input: ChecksumMembers,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  for (const other of OTHERS) if (input[`Checksum${other}`] !== undefined) throw notOffered(other);
  const given = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = input[`Checksum${algorithm}`];
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (given.length > 1)
    throw new ApiError('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  return given[0];
}

function namedAlgorithm(name: string | undefined): GivenChecksum | undefined {
  const algorithm = checksumAlgorithm(name);
  return algorithm === undefined ? undefined : { algorithm };
}

export function checksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  if (isChecksumAlgorithm(name)) return name;
  if (OTHERS.some((other) => other === name)) throw notOffered(name);
  throw new ApiError(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  );
}

function notOffered(algorithm: string): ApiError {
  return new ApiError(
    'NotImplemented',
    `Checksums of the kind ${algorithm} are not computed here: use ${CHECKSUM_ALGORITHMS.join(', ')}.`,
  );
}

/** A composite checksum shows of how many parts it is made. */
export function checksumMembers(
  checksum: Checksum | undefined,
  partCount?: number,
): ChecksumMembers & { readonly ChecksumType?: ChecksumType } {
  if (checksum === undefined) return {};
  const { algorithm, type, value } = checksum;
  const text = type === 'COMPOSITE' && partCount !== undefined ? `${value}-${partCount}` : value;
  return { [`Checksum${algorithm}`]: text, ChecksumType: type };
}

/** Of a part, which has no type of its own. */
export function partChecksumMembers(part: {
  readonly algorithm?: ChecksumAlgorithm | undefined;
  readonly checksum?: string | undefined;
}): ChecksumMembers {
  return part.algorithm === undefined || part.checksum === undefined ? {} : { [`Checksum${part.algorithm}`]: part.checksum };
}
