// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html

import type { SchedulerHandler } from './operation.ts';
import { describe, nameOf } from './schedule-settings.ts';

export const getSchedule: SchedulerHandler<'GetSchedule'> =
  ({ schedules }) =>
  async (input, { scope }) =>
    describe(await schedules.book.need(nameOf(scope, input)));
