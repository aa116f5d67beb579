// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html

import type { LogsHandler } from './operation.ts';

/** There are none: making one is refused. Terraform and consoles ask all the same. */
export const describeSubscriptionFilters: LogsHandler<'DescribeSubscriptionFilters'> =
  ({ logs }) =>
  async ({ logGroupName }, { scope }) => {
    await logs.groups.need(scope, logGroupName);
    return { subscriptionFilters: [] };
  };
