// A function's code out of a bucket: the buckets' answer in the registry's words.

import type { Buckets } from '#buckets';
import { ApiError } from '#kernel';
import type { ReadObject } from '#registry';

/** Buckets keep one version of an object, whose id is `null` where S3 shows one. */
export function codeObjectReader(buckets: () => Pick<Buckets, 'readObject'>): ReadObject {
  return async (scope, { bucket, key, versionId }) => {
    if (versionId !== undefined && versionId !== 'null')
      return { kind: 'missing', code: 'NoSuchVersion', message: 'The specified version does not exist.' };
    try {
      const { content } = await buckets().readObject(scope, bucket, key);
      return { kind: 'found', content };
    } catch (error) {
      if (error instanceof ApiError) return { kind: 'missing', code: error.code, message: error.message };
      throw error;
    }
  };
}
