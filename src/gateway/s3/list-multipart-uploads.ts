// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html

import { LIMITS, type Scope } from '#kernel';
import { wholeSecondsDate } from './dates.ts';
import { bucketRef, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { given, nameWriter, optional, pageLimit } from './paging.ts';

export const listMultipartUploads: S3Handler<'ListMultipartUploads'> = (buckets) => async (input, context) => {
  const limit = pageLimit('max-uploads', input.MaxUploads, LIMITS.objectsPerPage);
  const name = nameWriter(input.EncodingType);
  const { uploads, commonPrefixes, isTruncated } = await buckets.listUploads({
    ...bucketRef(input, context),
    prefix: given(input.Prefix),
    delimiter: given(input.Delimiter),
    after: given(input.KeyMarker),
    // Without a key to go on from, S3 ignores the upload's id.
    afterUploadId: given(input.KeyMarker) === undefined ? undefined : given(input.UploadIdMarker),
    limit,
  });
  const last = uploads.at(-1);
  const lastPrefix = commonPrefixes.at(-1);
  const endsInPrefix =
    lastPrefix !== undefined && (last === undefined || Buffer.compare(Buffer.from(lastPrefix), Buffer.from(last.key)) > 0);
  return {
    Bucket: input.Bucket,
    Prefix: name(input.Prefix ?? ''),
    Delimiter: optional(given(input.Delimiter), name),
    KeyMarker: name(input.KeyMarker ?? ''),
    UploadIdMarker: input.UploadIdMarker ?? '',
    NextKeyMarker: isTruncated ? optional(endsInPrefix ? lastPrefix : last?.key, name) : undefined,
    NextUploadIdMarker: isTruncated && !endsInPrefix ? last?.uploadId : undefined,
    EncodingType: input.EncodingType,
    MaxUploads: limit,
    IsTruncated: isTruncated,
    Uploads: uploads.map(({ key, uploadId, startedAtMs, description }) => ({
      Key: name(key),
      UploadId: uploadId,
      Initiated: wholeSecondsDate(startedAtMs),
      Initiator: initiatorOf(context.scope),
      Owner: ownerOf(context.scope),
      StorageClass: 'STANDARD' as const,
      ChecksumAlgorithm: description.checksum?.algorithm,
      ChecksumType: description.checksum?.type,
    })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
};

/** Who began an upload is not kept: the account stands for it. */
export function initiatorOf(scope: Scope) {
  return ownerOf(scope);
}
