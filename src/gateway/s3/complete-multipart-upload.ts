// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html

import { writeCondition, type NamedPart } from '#buckets';
import { ApiError } from '#kernel';
import { checksumMembers, givenChecksum } from './checksum-members.ts';
import { actorOf, bucketRef, quoted, unquoted, type S3Handler, type S3Input } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const completeMultipartUpload: S3Handler<'CompleteMultipartUpload'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const parts = (input.MultipartUpload?.Parts ?? []).map(namedPart);
  const { etag, checksum } = await buckets.completeUpload({
    ...bucketRef(input, context),
    key: input.Key,
    uploadId: input.UploadId,
    parts,
    condition: writeCondition(input.IfMatch, input.IfNoneMatch),
    expected: { bytes: input.MpuObjectSize, checksum: givenChecksum(input) },
    actor: actorOf(context),
  });
  const path = [input.Bucket, ...input.Key.split('/')].map(encodeURIComponent).join('/');
  return {
    Location: `${context.endpoint}/${path}`,
    Bucket: input.Bucket,
    Key: input.Key,
    ETag: quoted(etag),
    ...checksumMembers(checksum, parts.length),
  };
};

type Part = NonNullable<NonNullable<S3Input<'CompleteMultipartUpload'>['MultipartUpload']>['Parts']>[number];

function namedPart(part: Part): NamedPart {
  if (part.PartNumber === undefined || part.ETag === undefined)
    throw new ApiError('MalformedXML', 'Each part is named by its PartNumber and its ETag.');
  return { number: part.PartNumber, etag: unquoted(part.ETag), checksum: givenChecksum(part)?.value };
}
