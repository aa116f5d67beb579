// Tags of objects: put, got, deleted. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html

import { objectTags, type Tags } from '#buckets';
import { actorOf, objectRef, type S3Handler } from './operation.ts';

export const putObjectTagging: S3Handler<'PutObjectTagging'> = (buckets) => async (input, context) => {
  const tags = objectTags(input.Tagging.TagSet.map(({ Key, Value }) => ({ key: Key, value: Value })));
  await buckets.setObjectTags({ ...objectRef(input, context), tags, actor: actorOf(context) });
  return {};
};

export const getObjectTagging: S3Handler<'GetObjectTagging'> = (buckets) => async (input, context) => {
  return { TagSet: tagSet(await buckets.getObjectTags(objectRef(input, context))) };
};

export const deleteObjectTagging: S3Handler<'DeleteObjectTagging'> = (buckets) => async (input, context) => {
  await buckets.setObjectTags({ ...objectRef(input, context), tags: {}, actor: actorOf(context) });
  return {};
};

export function tagSet(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
