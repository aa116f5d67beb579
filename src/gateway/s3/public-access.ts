// Who may come in without being asked for: nobody. The two configurations with which S3 says so for every new bucket can be read, put as
// they are, and removed; removing one opens nothing, since policies and ACLs that would are refused.

import type { RemovableDefault } from '#buckets';
import { ApiError } from '#kernel';
import type { CallContext } from '../operation.ts';
import { bucketRef, type NamesBucket, type S3Handler } from './operation.ts';
import type { Buckets } from '#buckets';

export const getPublicAccessBlock: S3Handler<'GetPublicAccessBlock'> = (buckets) => async (input, context) => {
  if (await isRemoved(buckets, 'publicAccessBlock', input, context))
    throw new ApiError('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', {
      fields: { BucketName: input.Bucket },
    });
  return {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
  };
};

export const putPublicAccessBlock: S3Handler<'PutPublicAccessBlock'> = (buckets) => async (input, context) => {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = input.PublicAccessBlockConfiguration;
  if (![BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets].every((isOn) => isOn === true))
    throw new ApiError(
      'NotImplemented',
      'Buckets here are never public, so that all four settings of the public access block are true: give access with presigned URLs.',
    );
  await buckets.setRemoved(bucketRef(input, context), 'publicAccessBlock', false);
  return {};
};

export const deletePublicAccessBlock: S3Handler<'DeletePublicAccessBlock'> = (buckets) => async (input, context) => {
  await buckets.setRemoved(bucketRef(input, context), 'publicAccessBlock', true);
  return {};
};

export const getBucketOwnershipControls: S3Handler<'GetBucketOwnershipControls'> = (buckets) => async (input, context) => {
  if (await isRemoved(buckets, 'ownershipControls', input, context))
    throw new ApiError('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', {
      fields: { BucketName: input.Bucket },
    });
  return { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } };
};

export const putBucketOwnershipControls: S3Handler<'PutBucketOwnershipControls'> = (buckets) => async (input, context) => {
  if (!input.OwnershipControls.Rules.every(({ ObjectOwnership }) => ObjectOwnership === 'BucketOwnerEnforced'))
    throw new ApiError('NotImplemented', 'Buckets have ACLs switched off: the object ownership is always BucketOwnerEnforced.');
  await buckets.setRemoved(bucketRef(input, context), 'ownershipControls', false);
  return {};
};

export const deleteBucketOwnershipControls: S3Handler<'DeleteBucketOwnershipControls'> = (buckets) => async (input, context) => {
  await buckets.setRemoved(bucketRef(input, context), 'ownershipControls', true);
  return {};
};

async function isRemoved(buckets: Buckets, name: RemovableDefault, input: NamesBucket, context: CallContext): Promise<boolean> {
  const { settings } = await buckets.getBucket(bucketRef(input, context));
  return settings.removed?.includes(name) ?? false;
}
