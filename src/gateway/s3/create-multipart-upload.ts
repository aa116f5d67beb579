// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html

import { allowsChecksumType, defaultChecksumType } from '#buckets';
import { ApiError } from '#kernel';
import { checksumAlgorithm } from './checksum-members.ts';
import { descriptionOf } from './object-members.ts';
import { objectRef, type S3Handler, type S3Input } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const createMultipartUpload: S3Handler<'CreateMultipartUpload'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const checksum = checksumOf(input);
  const upload = await buckets.startUpload(objectRef(input, context), { ...descriptionOf(input), checksum });
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: upload.uploadId,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  };
};

function checksumOf({ ChecksumAlgorithm, ChecksumType }: S3Input<'CreateMultipartUpload'>) {
  const algorithm = checksumAlgorithm(ChecksumAlgorithm);
  if (algorithm === undefined) {
    if (ChecksumType === undefined) return undefined;
    throw new ApiError(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const type = ChecksumType ?? defaultChecksumType(algorithm);
  if (allowsChecksumType(algorithm, type)) return { algorithm, type };
  throw new ApiError(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}
