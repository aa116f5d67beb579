// https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html

import { parseSubscriptionArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const unsubscribe: SnsHandler<'Unsubscribe'> =
  ({ topics }) =>
  async ({ SubscriptionArn }, { scope }) => {
    await topics.subscriptions.end(scope, parseSubscriptionArn(scope, SubscriptionArn));
    return {};
  };
