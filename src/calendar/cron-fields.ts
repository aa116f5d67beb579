// The six fields of AWS's cron, each read into the values that it names.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
// AWS's reader is Quartz's by its behaviour: ranges may go over the end (FRI-MON), `n/s` goes on to the end of the field.

export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: DaysOfMonth | DaysOfWeek;
  /** Every year where there are none. */
  readonly years: readonly number[] | undefined;
}

type DaysOfMonth =
  | { readonly kind: 'ofMonth'; readonly values: readonly number[] }
  | { readonly kind: 'lastOfMonth' | 'lastWeekdayOfMonth' }
  | { readonly kind: 'nearestWeekday'; readonly day: number };

/** 1 is Sunday. */
type DaysOfWeek =
  | { readonly kind: 'ofWeek'; readonly values: readonly number[] }
  | { readonly kind: 'lastWeekdayOf'; readonly weekday: number }
  | { readonly kind: 'nthWeekdayOf'; readonly weekday: number; readonly nth: number };

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

export const CRON_YEARS = { least: 1970, most: 2199 } as const;
const MINUTES: Field = { least: 0, most: 59 };
const HOURS: Field = { least: 0, most: 23 };
const DAYS: Field = { least: 1, most: 31 };
const MONTHS: Field = {
  least: 1,
  most: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const WEEKDAYS: Field = { least: 1, most: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] };

/** Undefined when AWS would not take it. */
export function parseCronFields(text: string): CronFields | undefined {
  const parts = text.trim().toUpperCase().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = parts;
  if (parts.length !== 6 || year === undefined) return undefined;
  // Exactly one of the two says nothing.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  const days = dayOfWeek === '?' ? daysOfMonth(dayOfMonth ?? '') : daysOfWeek(dayOfWeek ?? '');
  const minutes = valuesOf(minute ?? '', MINUTES);
  const hours = valuesOf(hour ?? '', HOURS);
  const months = valuesOf(month ?? '', MONTHS);
  const years = year === '*' ? 'all' : valuesOf(year, CRON_YEARS);
  if (!days || !minutes || !hours || !months || !years) return undefined;
  return { minutes, hours, months, days, years: years === 'all' ? undefined : years };
}

function daysOfMonth(text: string): DaysOfMonth | undefined {
  if (text === 'L') return { kind: 'lastOfMonth' };
  if (text === 'LW') return { kind: 'lastWeekdayOfMonth' };
  if (text.endsWith('W')) {
    const day = valueOf(text.slice(0, -1), DAYS);
    return day === undefined ? undefined : { kind: 'nearestWeekday', day };
  }
  const values = valuesOf(text, DAYS);
  return values && { kind: 'ofMonth', values };
}

function daysOfWeek(text: string): DaysOfWeek | undefined {
  if (text === 'L') return { kind: 'ofWeek', values: [WEEKDAYS.most] };
  if (text.endsWith('L')) {
    const weekday = valueOf(text.slice(0, -1), WEEKDAYS);
    return weekday === undefined ? undefined : { kind: 'lastWeekdayOf', weekday };
  }
  const [, name = '', nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (nth !== undefined) {
    const weekday = valueOf(name, WEEKDAYS);
    return weekday === undefined ? undefined : { kind: 'nthWeekdayOf', weekday, nth: Number(nth) };
  }
  const values = valuesOf(text, WEEKDAYS);
  return values && { kind: 'ofWeek', values };
}

/** In ascending order. */
function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const found = itemValues(item, field);
    if (found === undefined) return undefined;
    for (const value of found) values.add(value);
  }
  return [...values].toSorted((one, other) => one - other);
}

/** `*`, `5`, `5-9`, each also with `/2` behind it. */
function itemValues(item: string, field: Field): readonly number[] | undefined {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,3}))?$/.exec(item) ?? [];
  if (from === '' || (from === '*' && to !== undefined)) return undefined;
  const first = from === '*' ? field.least : valueOf(from, field);
  const last = lastOf({ from, to, step }, field);
  const by = step === undefined ? 1 : Number(step);
  if (first === undefined || last === undefined || by < 1 || by > field.most) return undefined;
  const count = field.most - field.least + 1;
  const length = last >= first ? last - first : last - first + count;
  return Array.from(
    { length: Math.floor(length / by) + 1 },
    (_, index) => field.least + ((first - field.least + index * by) % count),
  );
}

interface Item {
  readonly from: string;
  readonly to: string | undefined;
  readonly step: string | undefined;
}

function lastOf({ from, to, step }: Item, field: Field): number | undefined {
  if (to !== undefined) return valueOf(to, field);
  return from === '*' || step !== undefined ? field.most : valueOf(from, field);
}

function valueOf(text: string, { least, most, names = [] }: Field): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? least + named : /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}
