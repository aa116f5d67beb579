// https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const untagResource: SnsHandler<'UntagResource'> =
  ({ topics }) =>
  async ({ ResourceArn, TagKeys }, { scope }) => {
    await topics.administration.untag(scope, parseTopicArn(scope, ResourceArn, 'ResourceArn'), TagKeys);
    return {};
  };
