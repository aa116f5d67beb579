// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html

import { bucketRef, type S3Handler } from './operation.ts';

type Location = Awaited<ReturnType<ReturnType<S3Handler<'GetBucketLocation'>>>>['LocationConstraint'];

/** us-east-1 has no name here, as in S3. */
export const getBucketLocation: S3Handler<'GetBucketLocation'> = (buckets) => async (input, context) => {
  const { settings } = await buckets.getBucket(bucketRef(input, context));
  const { region } = context.scope;
  const location = settings.location ?? (region === 'us-east-1' ? undefined : region);
  // The SDK lists the regions that it knows; a new one is as good.
  return { LocationConstraint: location as Location };
};
