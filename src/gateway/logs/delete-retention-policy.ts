// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html

import type { LogsHandler } from './operation.ts';

export const deleteRetentionPolicy: LogsHandler<'DeleteRetentionPolicy'> =
  ({ logs }) =>
  async ({ logGroupName }, { scope }) => {
    await logs.groups.setRetention(scope, logGroupName, undefined);
    return {};
  };
