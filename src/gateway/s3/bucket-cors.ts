// Cross-origin rules of buckets: put, got, deleted. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html

import { ApiError } from '#kernel';
import { bucketRef, type S3Handler } from './operation.ts';

export const putBucketCors: S3Handler<'PutBucketCors'> = (buckets) => async (input, context) => {
  const rules = input.CORSConfiguration.CORSRules.map((rule) => ({
    id: rule.ID,
    allowedOrigins: rule.AllowedOrigins,
    allowedMethods: rule.AllowedMethods,
    allowedHeaders: rule.AllowedHeaders ?? [],
    exposeHeaders: rule.ExposeHeaders ?? [],
    maxAgeSeconds: rule.MaxAgeSeconds,
  }));
  await buckets.setCors(bucketRef(input, context), rules);
  return {};
};

export const getBucketCors: S3Handler<'GetBucketCors'> = (buckets) => async (input, context) => {
  const { settings } = await buckets.getBucket(bucketRef(input, context));
  if (settings.cors === undefined)
    throw new ApiError('NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
      fields: { BucketName: input.Bucket },
    });
  return {
    CORSRules: settings.cors.map((rule) => ({
      ID: rule.id,
      AllowedOrigins: [...rule.allowedOrigins],
      AllowedMethods: [...rule.allowedMethods],
      AllowedHeaders: rule.allowedHeaders.length === 0 ? undefined : [...rule.allowedHeaders],
      ExposeHeaders: rule.exposeHeaders.length === 0 ? undefined : [...rule.exposeHeaders],
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  };
};

export const deleteBucketCors: S3Handler<'DeleteBucketCors'> = (buckets) => async (input, context) => {
  await buckets.setCors(bucketRef(input, context), undefined);
  return {};
};
