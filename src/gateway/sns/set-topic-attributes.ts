// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const setTopicAttributes: SnsHandler<'SetTopicAttributes'> =
  ({ topics }) =>
  async ({ TopicArn, AttributeName, AttributeValue = '' }, { scope }) => {
    await topics.administration.setAttribute(scope, parseTopicArn(scope, TopicArn), AttributeName, AttributeValue);
    return {};
  };
