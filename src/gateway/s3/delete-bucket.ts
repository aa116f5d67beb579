// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html

import { bucketRef, type S3Handler } from './operation.ts';

export const deleteBucket: S3Handler<'DeleteBucket'> = (buckets) => async (input, context) => {
  await buckets.removeBucket(bucketRef(input, context));
  return {};
};
