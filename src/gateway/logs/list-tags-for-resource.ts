// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html

import { parseGroupIdentifier } from '#logs';
import type { LogsHandler } from './operation.ts';

export const listTagsForResource: LogsHandler<'ListTagsForResource'> =
  ({ logs }) =>
  async ({ resourceArn }, { scope }) => {
    const group = await logs.groups.need(scope, parseGroupIdentifier(scope, resourceArn, 'resourceArn'));
    return { tags: { ...group.tags } };
  };
