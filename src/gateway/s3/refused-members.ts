// What a request may ask for that is not done here: refused by name, so that nobody believes it was done.

import { ApiError } from '#kernel';

export interface RefusableMembers {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWrite?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
  readonly StorageClass?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly SSECustomerKey?: string | undefined;
  readonly CopySourceSSECustomerAlgorithm?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSEKMSEncryptionContext?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
  readonly WriteOffsetBytes?: number | undefined;
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

export function refuseMembers(input: RefusableMembers): void {
  refuseAcl(input);
  refuseEncryption(input);
  if (input.StorageClass !== undefined && input.StorageClass !== 'STANDARD')
    throw new ApiError(
      'InvalidStorageClass',
      'The storage class you specified is not valid: there is one place for objects here, STANDARD.',
      {
        fields: { StorageClassRequested: input.StorageClass },
      },
    );
  if (
    input.ObjectLockMode !== undefined ||
    input.ObjectLockRetainUntilDate !== undefined ||
    input.ObjectLockLegalHoldStatus !== undefined
  )
    throw new ApiError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if (input.WebsiteRedirectLocation !== undefined)
    throw new ApiError(
      'NotImplemented',
      'Redirects belong to static websites, which buckets here do not serve: leave out x-amz-website-redirect-location.',
    );
  if (input.WriteOffsetBytes !== undefined)
    throw new ApiError(
      'NotImplemented',
      'Appending is for directory buckets, which there are none of here: write the whole object.',
    );
}

/**
 * ACLs are off, as in every new bucket of S3 ("bucket owner enforced"): what says the same is accepted, everything else refused.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function refuseAcl(input: RefusableMembers): void {
  const isTrue = input.ACL === undefined || input.ACL === 'private' || input.ACL === 'bucket-owner-full-control';
  const grants = [input.GrantFullControl, input.GrantRead, input.GrantReadACP, input.GrantWrite, input.GrantWriteACP];
  if (!isTrue || grants.some((grant) => grant !== undefined)) throw aclNotSupported();
}

export function aclNotSupported(): ApiError {
  return new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
}

/** Contents lie on the disk as they came. Whoever asks for encryption gets it or hears that there is none. */
function refuseEncryption(input: RefusableMembers): void {
  const { ServerSideEncryption, SSEKMSKeyId, SSEKMSEncryptionContext, BucketKeyEnabled } = input;
  const asksForOurs =
    ServerSideEncryption !== undefined ||
    SSEKMSKeyId !== undefined ||
    SSEKMSEncryptionContext !== undefined ||
    BucketKeyEnabled === true;
  if (asksForOurs)
    throw new ApiError(
      'NotImplemented',
      'Objects are not encrypted by the platform: put the data folder on an encrypted disk, and leave out the x-amz-server-side-encryption headers.',
    );
  if (
    input.SSECustomerAlgorithm !== undefined ||
    input.SSECustomerKey !== undefined ||
    input.CopySourceSSECustomerAlgorithm !== undefined
  )
    throw new ApiError('NotImplemented', 'Encryption with keys of the customer (SSE-C) is not offered: encrypt before the upload.');
}
