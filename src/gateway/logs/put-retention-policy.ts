// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html

import type { LogsHandler } from './operation.ts';

export const putRetentionPolicy: LogsHandler<'PutRetentionPolicy'> =
  ({ logs }) =>
  async ({ logGroupName, retentionInDays }, { scope }) => {
    await logs.groups.setRetention(scope, logGroupName, retentionInDays);
    return {};
  };
