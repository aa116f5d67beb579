// The header that names what is copied: `bucket/key`, percent-encoded, perhaps with a version behind it.

import type { ReadConditions } from '#buckets';
import { ApiError } from '#kernel';
import type { CallContext } from '../operation.ts';
import { checkVersion, invalidArgument } from './operation.ts';

export interface CopySourceMembers {
  readonly CopySource: string;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
}

export function copySourceOf(input: CopySourceMembers, { scope }: CallContext) {
  if (input.ExpectedSourceBucketOwner !== undefined && input.ExpectedSourceBucketOwner !== scope.account)
    throw new ApiError('AccessDenied', 'The source bucket does not belong to the expected account.');
  return { scope, ...parseCopySource(input.CopySource), conditions: conditionsOf(input) };
}

/**
 * A `+` is kept: clients that encode write `%20` for a space and `%2B` for a plus, and those that do not mean the plus itself.
 * An object is found by what stands before `?versionId=`, which a key can only contain encoded.
 */
export function parseCopySource(header: string): { readonly bucket: string; readonly key: string } {
  const [path = '', version] = header.split('?versionId=');
  checkVersion(version);
  const decoded = decode(path).replace(/^\//, '');
  const slash = decoded.indexOf('/');
  if (decoded.startsWith('arn:'))
    throw new ApiError('NotImplemented', 'Access points are not offered: name the copy source as bucket/key.');
  if (slash <= 0 || slash === decoded.length - 1)
    throw invalidArgument(
      'x-amz-copy-source',
      header,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new ApiError('InvalidArgument', 'The x-amz-copy-source header must be percent-encoded UTF-8.', {
      cause,
      fields: { ArgumentName: 'x-amz-copy-source', ArgumentValue: path },
    });
  }
}

function conditionsOf(input: CopySourceMembers): ReadConditions {
  return {
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSinceMs: input.CopySourceIfModifiedSince?.getTime(),
    ifUnmodifiedSinceMs: input.CopySourceIfUnmodifiedSince?.getTime(),
  };
}
