// https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html

import { effectiveSubscriptionAttributes, parseSubscriptionArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const getSubscriptionAttributes: SnsHandler<'GetSubscriptionAttributes'> =
  ({ topics }) =>
  async ({ SubscriptionArn }, { scope }) => {
    const record = await topics.subscriptions.need(scope, parseSubscriptionArn(scope, SubscriptionArn));
    const topic = await topics.administration.need(scope, record.topic);
    return { Attributes: effectiveSubscriptionAttributes(scope, topic, record) };
  };
