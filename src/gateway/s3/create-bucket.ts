// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html

import { bucketTags } from '#buckets';
import { ApiError } from '#kernel';
import { bucketRef, type S3Handler, type S3Input } from './operation.ts';
import { refuseAcl } from './refused-members.ts';

export const createBucket: S3Handler<'CreateBucket'> = (buckets) => async (input, context) => {
  refuse(input);
  const { LocationConstraint, Tags = [] } = input.CreateBucketConfiguration ?? {};
  const tags = bucketTags(Tags.map(({ Key, Value }) => ({ key: Key, value: Value })));
  await buckets.createBucket({ ...bucketRef(input, context), locationConstraint: LocationConstraint, tags });
  return { Location: `/${input.Bucket}`, BucketArn: `arn:aws:s3:::${input.Bucket}` };
};

function refuse(input: S3Input<'CreateBucket'>): void {
  refuseAcl(input);
  const { Bucket: kind, Location: place } = input.CreateBucketConfiguration ?? {};
  if (kind !== undefined || place !== undefined)
    throw new ApiError('NotImplemented', 'Directory buckets are not offered: leave out Bucket and Location of the configuration.');
  if (input.ObjectLockEnabledForBucket === true)
    throw new ApiError('NotImplemented', 'Object Lock is not offered: objects can be overwritten and deleted.');
  if (input.ObjectOwnership !== undefined && input.ObjectOwnership !== 'BucketOwnerEnforced')
    throw new ApiError('NotImplemented', 'Buckets have ACLs switched off: the object ownership is always BucketOwnerEnforced.');
}
