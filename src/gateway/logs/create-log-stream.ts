// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html

import { checkGroupName, checkStreamName } from '#logs';
import type { LogsHandler } from './operation.ts';

export const createLogStream: LogsHandler<'CreateLogStream'> =
  ({ logs }) =>
  async ({ logGroupName, logStreamName }, { scope }) => {
    await logs.streams.create(scope, checkGroupName(logGroupName), checkStreamName(logStreamName));
    return {};
  };
