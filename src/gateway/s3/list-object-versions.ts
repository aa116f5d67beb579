// Buckets keep no versions, so each object is its own latest one, with the id `null`: what S3 answers for a bucket that never had any.
// Tools empty buckets with it (Terraform's force_destroy). https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html

import { LIMITS } from '#kernel';
import { listedMembers } from './list-objects.ts';
import { bucketRef, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { given, nameWriter, optional, pageLimit } from './paging.ts';

export const listObjectVersions: S3Handler<'ListObjectVersions'> = (buckets) => async (input, context) => {
  const limit = pageLimit('max-keys', input.MaxKeys, LIMITS.objectsPerPage);
  const name = nameWriter(input.EncodingType);
  const { objects, commonPrefixes, next } = await buckets.listObjects({
    ...bucketRef(input, context),
    prefix: given(input.Prefix),
    delimiter: given(input.Delimiter),
    after: given(input.KeyMarker),
    limit,
  });
  const Owner = ownerOf(context.scope);
  return {
    Name: input.Bucket,
    Prefix: name(input.Prefix ?? ''),
    Delimiter: optional(given(input.Delimiter), name),
    KeyMarker: name(input.KeyMarker ?? ''),
    VersionIdMarker: input.VersionIdMarker ?? '',
    NextKeyMarker: optional(next, name),
    NextVersionIdMarker: next === undefined ? undefined : 'null',
    EncodingType: input.EncodingType,
    MaxKeys: limit,
    IsTruncated: next !== undefined,
    Versions: objects.map((object) => ({ ...listedMembers(object, name), VersionId: 'null', IsLatest: true, Owner })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
};
