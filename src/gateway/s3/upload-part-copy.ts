// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html

import { partChecksumMembers } from './checksum-members.ts';
import { copySourceOf } from './copy-source.ts';
import { wholeSecondsDate } from './dates.ts';
import { bucketRef, quoted, type S3Handler } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const uploadPartCopy: S3Handler<'UploadPartCopy'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const part = await buckets.copyPart({
    ...bucketRef(input, context),
    key: input.Key,
    uploadId: input.UploadId,
    number: input.PartNumber,
    source: copySourceOf(input, context),
    range: input.CopySourceRange,
  });
  return {
    CopyPartResult: { ETag: quoted(part.etag), LastModified: wholeSecondsDate(part.lastModifiedMs), ...partChecksumMembers(part) },
  };
};
