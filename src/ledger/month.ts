// Months in UTC, as `2026-11`.

import { ApiError } from '#kernel';

/** The month's first day, and the first day after it. */
export function daysOf(month: string): { readonly from: string; readonly to: string } {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (match === null) throw new ApiError('ValidationException', `A month is written like 2026-11, not ${JSON.stringify(month)}.`);
  const [year, number] = [Number(match[1]), Number(match[2])];
  const next = number === 12 ? `${String(year + 1).padStart(4, '0')}-01` : `${match[1]}-${String(number + 1).padStart(2, '0')}`;
  return { from: `${month}-01`, to: `${next}-01` };
}
