// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html

import { parseSubscriptionArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const setSubscriptionAttributes: SnsHandler<'SetSubscriptionAttributes'> =
  ({ topics }) =>
  async ({ SubscriptionArn, AttributeName, AttributeValue = '' }, { scope }) => {
    const name = parseSubscriptionArn(scope, SubscriptionArn);
    await topics.subscriptions.set(scope, name, { name: AttributeName, value: AttributeValue });
    return {};
  };
