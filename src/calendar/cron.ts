// AWS's cron through croner, on wall times alone: croner is told that it is in UTC, and zones stay ours. So a time of the wall comes
// once, whatever clocks do, and croner's own rules for summer time (which fire a skipped time late) do not apply.

import { Cron } from 'croner';
import { CRON_YEARS, type CronFields } from './cron-fields.ts';

/** The first wall time that fits after another. */
export type NextWallMs = (afterWallMs: number) => number | undefined;

export function cronOf(fields: CronFields): NextWallMs {
  const { minutes, hours, months, years } = fields;
  const [dayOfMonth, dayOfWeek] = daysOf(fields.days);
  const pattern = ['0', minutes, hours, dayOfMonth, months, dayOfWeek, years ?? '*'].join(' ');
  // Weekdays from 1 (Sunday), as in Quartz. Both kinds of days must fit, since one of them is always `*`.
  const cron = new Cron(pattern, { mode: '7-part', alternativeWeekdays: true, domAndDow: true, timezone: 'UTC', paused: true });
  return (afterWallMs) => {
    const next = cron.nextRun(new Date(afterWallMs));
    return next === null || next.getUTCFullYear() > CRON_YEARS.most ? undefined : next.getTime();
  };
}

function daysOf(days: CronFields['days']): readonly [dayOfMonth: string, dayOfWeek: string] {
  switch (days.kind) {
    case 'ofMonth':
      return [days.values.join(','), '*'];
    case 'lastOfMonth':
      return ['L', '*'];
    case 'lastWeekdayOfMonth':
      return ['LW', '*'];
    case 'nearestWeekday':
      return [`${days.day}W`, '*'];
    case 'ofWeek':
      return ['*', days.values.join(',')];
    case 'lastWeekdayOf':
      return ['*', `${days.weekday}L`];
    case 'nthWeekdayOf':
      return ['*', `${days.weekday}#${days.nth}`];
    default:
      return days satisfies never;
  }
}
