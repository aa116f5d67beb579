// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html

import type { LogsHandler } from './operation.ts';

export const listTagsLogGroup: LogsHandler<'ListTagsLogGroup'> =
  ({ logs }) =>
  async ({ logGroupName }, { scope }) => ({ tags: { ...(await logs.groups.need(scope, logGroupName)).tags } });
