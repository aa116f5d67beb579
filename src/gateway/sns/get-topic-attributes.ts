// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const getTopicAttributes: SnsHandler<'GetTopicAttributes'> =
  ({ topics }) =>
  async ({ TopicArn }, { scope }) => ({
    Attributes: await topics.administration.attributes(scope, parseTopicArn(scope, TopicArn)),
  });
