// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html

import { parseGroupIdentifier } from '#logs';
import type { LogsHandler } from './operation.ts';

export const untagResource: LogsHandler<'UntagResource'> =
  ({ logs }) =>
  async ({ resourceArn, tagKeys }, { scope }) => {
    await logs.groups.untag(scope, parseGroupIdentifier(scope, resourceArn, 'resourceArn'), tagKeys);
    return {};
  };
