// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html

import type { LogsHandler } from './operation.ts';

export const deleteSubscriptionFilter: LogsHandler<'DeleteSubscriptionFilter'> =
  ({ logs }) =>
  async ({ logGroupName, filterName }, { scope }) => {
    await logs.subscriptions.remove(scope, logGroupName, filterName);
    return {};
  };
