// https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html

import { parseTopicArn, tagList } from '#topics';
import type { SnsHandler } from './operation.ts';

export const listTagsForResource: SnsHandler<'ListTagsForResource'> =
  ({ topics }) =>
  async ({ ResourceArn }, { scope }) => ({
    Tags: tagList(await topics.administration.tags(scope, parseTopicArn(scope, ResourceArn, 'ResourceArn'))),
  });
