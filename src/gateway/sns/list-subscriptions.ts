// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html

import { listed, type SnsHandler } from './operation.ts';

export const listSubscriptions: SnsHandler<'ListSubscriptions'> =
  ({ topics }) =>
  async ({ NextToken }, { scope }) => {
    const { items, nextToken } = await topics.subscriptions.list(scope, undefined, NextToken);
    return { Subscriptions: items.map((record) => listed(scope, record)), NextToken: nextToken };
  };
