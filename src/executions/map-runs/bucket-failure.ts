// What a bucket refuses, in the sentence that AWS's SDK for Java makes of it; item readers and result writers fail with it.

import { ApiError, ERROR_CODES } from '#kernel';
import { optimisedCause } from '../tasks/service-error.ts';

const S3 = { prefix: 'S3', service: 'Amazon S3', exception: 'AmazonS3Exception' };

/** Rethrows what is no refusal: a disk's failure, or a bug. */
export function bucketFailure(error: unknown, requestId: string): string {
  if (!(error instanceof ApiError)) throw error;
  const { message, code } = error;
  return optimisedCause({ message, code, status: error.status ?? ERROR_CODES[code].status }, S3, requestId);
}
