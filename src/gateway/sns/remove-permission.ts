// https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const removePermission: SnsHandler<'RemovePermission'> =
  ({ topics }) =>
  async ({ TopicArn, Label }, { scope }) => {
    await topics.administration.removePermission(scope, parseTopicArn(scope, TopicArn), Label);
    return {};
  };
