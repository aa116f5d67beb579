// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html

import { bucketRef, type S3Handler } from './operation.ts';

export const headBucket: S3Handler<'HeadBucket'> = (buckets) => async (input, context) => {
  const { settings } = await buckets.getBucket(bucketRef(input, context));
  return {
    BucketArn: `arn:aws:s3:::${input.Bucket}`,
    BucketRegion: settings.location ?? context.scope.region,
    AccessPointAlias: false,
  };
};
