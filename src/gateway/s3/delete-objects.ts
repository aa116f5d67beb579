// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html

import { ApiError, LIMITS } from '#kernel';
import { actorOf, bucketRef, type S3Handler, type S3Input } from './operation.ts';

type Named = NonNullable<S3Input<'DeleteObjects'>['Delete']['Objects']>[number];

export const deleteObjects: S3Handler<'DeleteObjects'> = (buckets) => async (input, context) => {
  const { Objects: named, Quiet: isQuiet = false } = input.Delete;
  if (named.length === 0 || named.length > LIMITS.objectsPerDeletion)
    throw new ApiError(
      'MalformedXML',
      `A deletion names 1 to ${LIMITS.objectsPerDeletion} objects; this one names ${named.length}.`,
    );
  const refused = named.flatMap((object) => refusalOf(object) ?? []);
  const keys = named.filter((object) => refusalOf(object) === undefined).map(({ Key, ETag }) => ({ key: Key, ifMatch: ETag }));
  const stayed = new Set(await buckets.removeObjects({ ...bucketRef(input, context), keys, actor: actorOf(context) }));
  const failed = [...stayed].map((Key) => ({
    Key,
    Code: 'PreconditionFailed',
    Message: 'At least one of the pre-conditions you specified did not hold',
  }));
  const deleted = keys.filter(({ key }) => !stayed.has(key)).map(({ key }) => ({ Key: key }));
  return { Deleted: isQuiet ? [] : deleted, Errors: [...refused, ...failed] };
};

function refusalOf({ Key, VersionId, LastModifiedTime, Size }: Named) {
  if (VersionId !== undefined && VersionId !== '' && VersionId !== 'null')
    return { Key, VersionId, Code: 'NoSuchVersion', Message: 'The specified version does not exist.' };
  if (LastModifiedTime !== undefined || Size !== undefined)
    return { Key, Code: 'NotImplemented', Message: 'Conditions on size and date are for directory buckets: use the ETag.' };
  return undefined;
}
