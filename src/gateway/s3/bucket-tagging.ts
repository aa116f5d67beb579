// Tags of buckets: put, got, deleted. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html

import { bucketTags } from '#buckets';
import { ApiError } from '#kernel';
import { tagSet } from './object-tagging.ts';
import { bucketRef, type S3Handler } from './operation.ts';

export const putBucketTagging: S3Handler<'PutBucketTagging'> = (buckets) => async (input, context) => {
  const tags = bucketTags(input.Tagging.TagSet.map(({ Key, Value }) => ({ key: Key, value: Value })));
  await buckets.setBucketTags(bucketRef(input, context), Object.keys(tags).length === 0 ? undefined : tags);
  return {};
};

export const getBucketTagging: S3Handler<'GetBucketTagging'> = (buckets) => async (input, context) => {
  const { settings } = await buckets.getBucket(bucketRef(input, context));
  if (settings.tags === undefined)
    throw new ApiError('NoSuchTagSet', 'The TagSet does not exist', { fields: { BucketName: input.Bucket } });
  return { TagSet: tagSet(settings.tags) };
};

export const deleteBucketTagging: S3Handler<'DeleteBucketTagging'> = (buckets) => async (input, context) => {
  await buckets.setBucketTags(bucketRef(input, context), undefined);
  return {};
};
