// TagResource, UntagResource, ListTagsForResource. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html

import { tagList, tagsOf, type EventBridgeHandler } from './operation.ts';

export const tagResource: EventBridgeHandler<'TagResource'> =
  ({ buses }) =>
  async ({ ResourceARN, Tags }, { scope }) => {
    await buses.tags.add(scope, ResourceARN, tagsOf(Tags) ?? {});
    return {};
  };

export const untagResource: EventBridgeHandler<'UntagResource'> =
  ({ buses }) =>
  async ({ ResourceARN, TagKeys }, { scope }) => {
    await buses.tags.remove(scope, ResourceARN, TagKeys);
    return {};
  };

export const listTagsForResource: EventBridgeHandler<'ListTagsForResource'> =
  ({ buses }) =>
  async ({ ResourceARN }, { scope }) => ({ Tags: tagList(await buses.tags.list(scope, ResourceARN)) });
