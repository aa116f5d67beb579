// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html

import type { LogsHandler } from './operation.ts';

export const tagLogGroup: LogsHandler<'TagLogGroup'> =
  ({ logs }) =>
  async ({ logGroupName, tags }, { scope }) => {
    await logs.groups.tag(scope, logGroupName, tags);
    return {};
  };
