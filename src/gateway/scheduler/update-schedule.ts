// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html

import { scheduleArn } from '#schedules';
import type { SchedulerHandler } from './operation.ts';
import { nameOf, settingsOf } from './schedule-settings.ts';

export const updateSchedule: SchedulerHandler<'UpdateSchedule'> =
  ({ schedules }) =>
  async (input, { scope }) => {
    const named = nameOf(scope, input);
    await schedules.book.update(named, settingsOf(input));
    return { ScheduleArn: scheduleArn(named) };
  };
