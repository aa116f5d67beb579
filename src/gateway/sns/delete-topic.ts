// https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const deleteTopic: SnsHandler<'DeleteTopic'> =
  ({ topics }) =>
  async ({ TopicArn }, { scope }) => {
    await topics.administration.remove(scope, parseTopicArn(scope, TopicArn));
    return {};
  };
