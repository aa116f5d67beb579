// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html

import { refuse, type LogsHandler } from './operation.ts';

export const createLogGroup: LogsHandler<'CreateLogGroup'> =
  ({ logs }) =>
  async ({ logGroupName, tags, kmsKeyId, logGroupClass, deletionProtectionEnabled = false }, { scope }) => {
    if (kmsKeyId !== undefined) throw refuse('kmsKeyId', 'log groups are not encrypted with keys of your own here.');
    if (logGroupClass !== undefined && logGroupClass !== 'STANDARD')
      throw refuse('logGroupClass', 'every log group is of the class STANDARD here.');
    await logs.groups.create(scope, logGroupName, {
      isProtected: deletionProtectionEnabled,
      ...(tags === undefined ? {} : { tags }),
    });
    return {};
  };
