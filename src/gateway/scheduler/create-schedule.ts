// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html

import { scheduleArn } from '#schedules';
import type { SchedulerHandler } from './operation.ts';
import { nameOf, settingsOf } from './schedule-settings.ts';

export const createSchedule: SchedulerHandler<'CreateSchedule'> =
  ({ schedules }) =>
  async (input, { scope }) => {
    const named = nameOf(scope, input);
    await schedules.book.create(named, settingsOf(input), input.ClientToken);
    return { ScheduleArn: scheduleArn(named) };
  };
