// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html

import type { LogsHandler } from './operation.ts';

export const describeSubscriptionFilters: LogsHandler<'DescribeSubscriptionFilters'> =
  ({ logs }) =>
  async ({ logGroupName, filterNamePrefix, nextToken: token, limit }, { scope }) => {
    const { filters, nextToken } = await logs.subscriptions.list({
      scope,
      group: logGroupName,
      ...(filterNamePrefix === undefined ? {} : { prefix: filterNamePrefix }),
      ...(token === undefined ? {} : { token }),
      ...(limit === undefined ? {} : { limit }),
    });
    const subscriptionFilters = filters.map(({ name, group, pattern, functionArn, createdAtMs }) => ({
      filterName: name,
      logGroupName: group,
      filterPattern: pattern,
      destinationArn: functionArn,
      distribution: 'ByLogStream' as const,
      applyOnTransformedLogs: false,
      creationTime: createdAtMs,
    }));
    return { subscriptionFilters, ...(nextToken === undefined ? {} : { nextToken }) };
  };
