// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html

import type { SchedulerHandler } from './operation.ts';
import { nameOf } from './schedule-settings.ts';

export const deleteSchedule: SchedulerHandler<'DeleteSchedule'> =
  ({ schedules }) =>
  async (input, { scope }) => {
    await schedules.book.remove(nameOf(scope, input));
    return {};
  };
