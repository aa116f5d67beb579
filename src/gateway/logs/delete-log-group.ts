// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html

import { groupOf, type LogsHandler } from './operation.ts';

export const deleteLogGroup: LogsHandler<'DeleteLogGroup'> =
  ({ logs }) =>
  async (input, { scope }) => {
    await logs.groups.remove(scope, groupOf(scope, input));
    return {};
  };
