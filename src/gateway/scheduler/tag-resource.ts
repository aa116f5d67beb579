// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html

import { groupNameOf } from '#schedules';
import { tagMap, type SchedulerHandler } from './operation.ts';

export const tagResource: SchedulerHandler<'TagResource'> =
  ({ schedules }) =>
  async ({ ResourceArn, Tags }, { scope }) => {
    await schedules.groups.tag(scope, groupNameOf(scope, ResourceArn), tagMap(Tags));
    return {};
  };
