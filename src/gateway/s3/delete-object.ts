// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html

import { ApiError } from '#kernel';
import { actorOf, objectRef, type S3Handler } from './operation.ts';

export const deleteObject: S3Handler<'DeleteObject'> = (buckets) => async (input, context) => {
  if (input.IfMatchLastModifiedTime !== undefined || input.IfMatchSize !== undefined)
    throw new ApiError('NotImplemented', 'Conditions on size and date are for directory buckets: use If-Match with the ETag.');
  await buckets.removeObject({ ...objectRef(input, context), ifMatch: input.IfMatch, actor: actorOf(context) });
  return {};
};
