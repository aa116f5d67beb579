// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html

import { checkGroupName, checkStreamName } from '#logs';
import type { LogsHandler } from './operation.ts';

export const deleteLogStream: LogsHandler<'DeleteLogStream'> =
  ({ logs }) =>
  async ({ logGroupName, logStreamName }, { scope }) => {
    await logs.streams.remove(scope, checkGroupName(logGroupName), checkStreamName(logStreamName));
    return {};
  };
