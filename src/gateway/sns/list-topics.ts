// https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html

import type { SnsHandler } from './operation.ts';

export const listTopics: SnsHandler<'ListTopics'> =
  ({ topics }) =>
  async ({ NextToken }, { scope }) => {
    const { items, nextToken } = await topics.administration.list(scope, NextToken);
    return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: nextToken };
  };
