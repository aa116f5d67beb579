// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html

import { LIMITS } from '#kernel';
import { wholeSecondsDate } from './dates.ts';
import { invalidArgument, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { given, optional, readToken, writeToken } from './paging.ts';

export const listBuckets: S3Handler<'ListBuckets'> =
  (buckets) =>
  async (input, { scope }) => {
    const limit = input.MaxBuckets ?? LIMITS.bucketsPerPage;
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.bucketsPerPage)
      throw invalidArgument('max-buckets', limit, `Argument max-buckets must be an integer between 1 and ${LIMITS.bucketsPerPage}`);
    const page = await buckets.listBuckets({
      scope,
      prefix: given(input.Prefix),
      after: readToken(input.ContinuationToken),
      limit,
    });
    const listed = page.buckets.map(({ bucket, createdAtMs, settings }) => ({
      Name: bucket,
      CreationDate: wholeSecondsDate(createdAtMs),
      BucketRegion: settings.location ?? scope.region,
      BucketArn: `arn:aws:s3:::${bucket}`,
    }));
    return {
      Owner: ownerOf(scope),
      Buckets: input.BucketRegion === undefined ? listed : listed.filter((bucket) => bucket.BucketRegion === input.BucketRegion),
      Prefix: input.Prefix,
      ContinuationToken: optional(page.next, writeToken),
    };
  };
