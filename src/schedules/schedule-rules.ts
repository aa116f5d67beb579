// What may be said of a schedule. The model has checked lengths, patterns and ranges before.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html

import { isTimeZone, parseExpression } from '#calendar';
import { LIMITS, type Scope } from '#kernel';
import { invalid } from './schedule-answers.ts';
import { checkTarget } from './schedule-target.ts';
import type { ScheduleSettings } from './schedule.ts';

export interface Circumstances {
  readonly scope: Scope;
  readonly nowMs: number;
  /** What was said before, if anything was. */
  readonly earlier?: ScheduleSettings | undefined;
}

export function checkSettings(settings: ScheduleSettings, { scope, nowMs, earlier }: Circumstances): void {
  const expression = parseExpression(settings.expression);
  if (expression === undefined) throw invalid(`Invalid Schedule Expression ${settings.expression}.`);
  if (!isTimeZone(settings.zone)) throw invalid(`Invalid Schedule Expression Timezone ${settings.zone}.`);
  // One-time schedules ignore both dates.
  if (expression.kind !== 'at') checkDates(settings, nowMs, earlier);
  checkTarget(settings.target, scope);
}

function checkDates({ startMs, endMs }: ScheduleSettings, nowMs: number, earlier: ScheduleSettings | undefined): void {
  const isNew = startMs !== earlier?.startMs;
  if (startMs !== undefined && isNew && startMs < nowMs - LIMITS.scheduleStartAgeMs)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs)
    throw invalid('The EndDate you specify must be later than the StartDate.');
}
