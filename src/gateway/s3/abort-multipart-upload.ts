// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html

import { ApiError } from '#kernel';
import { bucketRef, type S3Handler } from './operation.ts';

export const abortMultipartUpload: S3Handler<'AbortMultipartUpload'> = (buckets) => async (input, context) => {
  if (input.IfMatchInitiatedTime !== undefined)
    throw new ApiError('NotImplemented', 'x-amz-if-match-initiated-time is for directory buckets: name the upload by its id.');
  await buckets.abortUpload({ ...bucketRef(input, context), key: input.Key, uploadId: input.UploadId });
  return {};
};
