// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html

import type { SchedulerHandler } from './operation.ts';

export const deleteScheduleGroup: SchedulerHandler<'DeleteScheduleGroup'> =
  ({ schedules }) =>
  async ({ Name }, { scope }) => {
    await schedules.groups.remove(scope, Name);
    return {};
  };
