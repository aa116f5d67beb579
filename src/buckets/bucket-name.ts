// The names that a bucket may have, and the places that it may be said to be in.

import { ApiError } from '#kernel';

const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix))
  );
}

export function checkBucketName(name: string): void {
  if (isBucketName(name)) return;
  const rule =
    'use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit, and no reserved form';
  throw new ApiError('InvalidBucketName', `The specified bucket is not valid: ${rule}.`, { fields: { BucketName: name } });
}

/**
 * A location is a label here: there is one place, whatever a client's region is called, and clients compare what they asked for
 * with what they read back. `us-east-1` has no label, as in S3, and `EU` is the old name of eu-west-1.
 */
export function locationOf(constraint: string | undefined): string | undefined {
  if (constraint === undefined || constraint === '' || constraint === 'us-east-1') return undefined;
  if (constraint === 'EU' || /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(constraint)) return constraint;
  throw new ApiError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
    fields: { LocationConstraint: constraint.slice(0, 64) },
  });
}
