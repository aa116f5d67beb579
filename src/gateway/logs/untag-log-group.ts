// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html

import type { LogsHandler } from './operation.ts';

export const untagLogGroup: LogsHandler<'UntagLogGroup'> =
  ({ logs }) =>
  async ({ logGroupName, tags }, { scope }) => {
    await logs.groups.untag(scope, logGroupName, tags);
    return {};
  };
