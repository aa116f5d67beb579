// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html

import { groupNameOf } from '#schedules';
import type { SchedulerHandler } from './operation.ts';

export const listTagsForResource: SchedulerHandler<'ListTagsForResource'> =
  ({ schedules }) =>
  async ({ ResourceArn }, { scope }) => {
    const { tags } = await schedules.groups.need(scope, groupNameOf(scope, ResourceArn));
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  };
