// The names that an object may have. A key is bytes to S3: `//`, `..`, `%2F`, `+` and a leading slash are kept as they came.

import { ApiError, LIMITS } from '#kernel';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export function checkObjectKey(key: string): void {
  if (key === '') throw new ApiError('InvalidRequest', 'The key of an object cannot be empty.');
  const bytes = Buffer.byteLength(key);
  if (bytes <= LIMITS.objectKeyBytes) return;
  throw new ApiError('KeyTooLongError', 'Your key is too long', { fields: { Size: bytes, MaxSizeAllowed: LIMITS.objectKeyBytes } });
}
