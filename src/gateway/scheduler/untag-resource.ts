// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html

import { groupNameOf } from '#schedules';
import type { SchedulerHandler } from './operation.ts';

export const untagResource: SchedulerHandler<'UntagResource'> =
  ({ schedules }) =>
  async ({ ResourceArn, TagKeys }, { scope }) => {
    await schedules.groups.untag(scope, groupNameOf(scope, ResourceArn), TagKeys);
    return {};
  };
