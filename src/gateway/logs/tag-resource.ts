// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html

import { parseGroupIdentifier } from '#logs';
import type { LogsHandler } from './operation.ts';

export const tagResource: LogsHandler<'TagResource'> =
  ({ logs }) =>
  async ({ resourceArn, tags }, { scope }) => {
    await logs.groups.tag(scope, parseGroupIdentifier(scope, resourceArn, 'resourceArn'), tags);
    return {};
  };
