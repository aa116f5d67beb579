// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html

import { parseTopicArn } from '#topics';
import { listed, type SnsHandler } from './operation.ts';

export const listSubscriptionsByTopic: SnsHandler<'ListSubscriptionsByTopic'> =
  ({ topics }) =>
  async ({ TopicArn, NextToken }, { scope }) => {
    const { items, nextToken } = await topics.subscriptions.list(scope, parseTopicArn(scope, TopicArn), NextToken);
    return { Subscriptions: items.map((record) => listed(scope, record)), NextToken: nextToken };
  };
