// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html

import { LIMITS } from '#kernel';
import { partChecksumMembers } from './checksum-members.ts';
import { wholeSecondsDate } from './dates.ts';
import { bucketRef, invalidArgument, quoted, type S3Handler } from './operation.ts';
import { ownerOf } from './owner.ts';
import { pageLimit } from './paging.ts';
import { initiatorOf } from './list-multipart-uploads.ts';

export const listParts: S3Handler<'ListParts'> = (buckets) => async (input, context) => {
  const limit = pageLimit('max-parts', input.MaxParts, LIMITS.objectsPerPage);
  const after = Number(input.PartNumberMarker ?? 0);
  if (!Number.isInteger(after) || after < 0)
    throw invalidArgument(
      'part-number-marker',
      input.PartNumberMarker,
      'Argument part-number-marker must be an integer between 0 and 2147483647',
    );
  const ref = { ...bucketRef(input, context), key: input.Key, uploadId: input.UploadId };
  const { upload, parts, isTruncated } = await buckets.listParts(ref, { after, limit });
  const { checksum } = upload.description;
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: input.UploadId,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(parts.at(-1)?.number ?? after),
    MaxParts: limit,
    IsTruncated: isTruncated,
    Parts: parts.map((part) => ({
      PartNumber: part.number,
      LastModified: wholeSecondsDate(part.lastModifiedMs),
      ETag: quoted(part.etag),
      Size: part.bytes,
      ...partChecksumMembers({ algorithm: checksum?.algorithm, checksum: part.checksum }),
    })),
    Initiator: initiatorOf(context.scope),
    Owner: ownerOf(context.scope),
    StorageClass: 'STANDARD',
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  };
};
