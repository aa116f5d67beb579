// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html

import { LIMITS } from '#kernel';
import { listedMembers } from './list-objects.ts';
import { bucketRef, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { given, nameWriter, optional, pageLimit, readToken, writeToken } from './paging.ts';

export const listObjectsV2: S3Handler<'ListObjectsV2'> = (buckets) => async (input, context) => {
  const limit = pageLimit('max-keys', input.MaxKeys, LIMITS.objectsPerPage);
  const name = nameWriter(input.EncodingType);
  const { objects, commonPrefixes, next } = await buckets.listObjects({
    ...bucketRef(input, context),
    prefix: given(input.Prefix),
    delimiter: given(input.Delimiter),
    after: readToken(input.ContinuationToken) ?? given(input.StartAfter),
    limit,
  });
  const owner = input.FetchOwner === true ? { Owner: ownerOf(context.scope) } : {};
  return {
    Name: input.Bucket,
    Prefix: name(input.Prefix ?? ''),
    Delimiter: optional(given(input.Delimiter), name),
    StartAfter: optional(given(input.StartAfter), name),
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: optional(next, writeToken),
    EncodingType: input.EncodingType,
    MaxKeys: limit,
    KeyCount: objects.length + commonPrefixes.length,
    IsTruncated: next !== undefined,
    Contents: objects.map((object) => ({ ...listedMembers(object, name), ...owner })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
};
