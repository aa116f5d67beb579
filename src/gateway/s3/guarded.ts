// What holds for every operation, whatever it does: the caller's own check of whose bucket it is.

import { ApiError } from '#kernel';
import type { CallContext } from '../operation.ts';
import type { S3Handlers } from './operation.ts';

interface ExpectsOwner {
  readonly ExpectedBucketOwner?: string | undefined;
}

type AnyHandler = (input: ExpectsOwner, context: CallContext) => Promise<unknown>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
export function guarded(handlers: S3Handlers): S3Handlers {
  const entries = Object.entries(handlers).map(([name, handler]) => [name, checkingOwner(handler as AnyHandler)]);
  return Object.fromEntries(entries) as S3Handlers;
}

function checkingOwner(handler: AnyHandler): AnyHandler {
  return async (input, context) => {
    const { ExpectedBucketOwner: expected } = input;
    if (expected !== undefined && expected !== context.scope.account)
      throw new ApiError('AccessDenied', 'Access Denied: the bucket does not belong to the expected account.');
    return handler(input, context);
  };
}
