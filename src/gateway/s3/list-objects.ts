// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html

import type { ListedObject } from '#buckets';
import { LIMITS } from '#kernel';
import { wholeSecondsDate } from './dates.ts';
import { bucketRef, quoted, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { given, nameWriter, optional, pageLimit, type NameWriter } from './paging.ts';

export const listObjects: S3Handler<'ListObjects'> = (buckets) => async (input, context) => {
  const limit = pageLimit('max-keys', input.MaxKeys, LIMITS.objectsPerPage);
  const name = nameWriter(input.EncodingType);
  const { objects, commonPrefixes, next } = await buckets.listObjects({
    ...bucketRef(input, context),
    prefix: given(input.Prefix),
    delimiter: given(input.Delimiter),
    after: given(input.Marker),
    limit,
  });
  const Owner = ownerOf(context.scope);
  return {
    Name: input.Bucket,
    Prefix: name(input.Prefix ?? ''),
    Marker: name(input.Marker ?? ''),
    Delimiter: optional(given(input.Delimiter), name),
    // Without a delimiter clients go on from the last key, and S3 does not tell them more.
    NextMarker: given(input.Delimiter) === undefined ? undefined : optional(next, name),
    EncodingType: input.EncodingType,
    MaxKeys: limit,
    IsTruncated: next !== undefined,
    Contents: objects.map((object) => ({ ...listedMembers(object, name), Owner })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
};

export function listedMembers({ key, bytes, etag, lastModifiedMs, checksum }: ListedObject, name: NameWriter) {
  return {
    Key: name(key),
    LastModified: wholeSecondsDate(lastModifiedMs),
    ETag: quoted(etag),
    Size: bytes,
    StorageClass: 'STANDARD' as const,
    ...(checksum === undefined ? {} : { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
  };
}
