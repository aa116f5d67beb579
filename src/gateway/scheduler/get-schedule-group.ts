// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html

import type { SchedulerHandler } from './operation.ts';
import { describeGroup } from './schedule-group.ts';

export const getScheduleGroup: SchedulerHandler<'GetScheduleGroup'> =
  ({ schedules }) =>
  async ({ Name }, { scope }) =>
    describeGroup(scope, await schedules.groups.need(scope, Name));
