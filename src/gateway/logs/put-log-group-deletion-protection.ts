// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html

import { groupOf, type LogsHandler } from './operation.ts';

export const putLogGroupDeletionProtection: LogsHandler<'PutLogGroupDeletionProtection'> =
  ({ logs }) =>
  async (input, { scope }) => {
    await logs.groups.setProtection(scope, groupOf(scope, input), input.deletionProtectionEnabled);
    return {};
  };
