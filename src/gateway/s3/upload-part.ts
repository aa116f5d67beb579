// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html

import { partChecksumMembers } from './checksum-members.ts';
import { contentOf } from './object-members.ts';
import { bucketRef, quoted, type S3Handler } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const uploadPart: S3Handler<'UploadPart'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const part = await buckets.putPart({
    ...bucketRef(input, context),
    key: input.Key,
    uploadId: input.UploadId,
    number: input.PartNumber,
    content: contentOf(input, context),
  });
  return { ETag: quoted(part.etag), ...partChecksumMembers(part) };
};
