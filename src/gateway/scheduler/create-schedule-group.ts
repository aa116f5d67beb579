// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html

import { groupArn } from '#schedules';
import { tagMap, type SchedulerHandler } from './operation.ts';

export const createScheduleGroup: SchedulerHandler<'CreateScheduleGroup'> =
  ({ schedules }) =>
  async ({ Name, Tags = [], ClientToken }, { scope }) => {
    await schedules.groups.create(scope, Name, { tags: tagMap(Tags), clientToken: ClientToken });
    return { ScheduleGroupArn: groupArn(scope, Name) };
  };
