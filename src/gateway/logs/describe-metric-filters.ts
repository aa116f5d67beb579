// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html

import type { LogsHandler } from './operation.ts';

/** There are none: making one is refused. Terraform and consoles ask all the same. */
export const describeMetricFilters: LogsHandler<'DescribeMetricFilters'> =
  ({ logs }) =>
  async ({ logGroupName }, { scope }) => {
    if (logGroupName !== undefined) await logs.groups.need(scope, logGroupName);
    return { metricFilters: [] };
  };
