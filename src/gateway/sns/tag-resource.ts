// https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html

import { parseTopicArn, tagsOf } from '#topics';
import type { SnsHandler } from './operation.ts';

export const tagResource: SnsHandler<'TagResource'> =
  ({ topics }) =>
  async ({ ResourceArn, Tags }, { scope }) => {
    const tags = tagsOf(Tags.map(({ Key, Value }) => ({ Key, Value })));
    await topics.administration.tag(scope, parseTopicArn(scope, ResourceArn, 'ResourceArn'), tags);
    return {};
  };
