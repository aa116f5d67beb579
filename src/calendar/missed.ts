// Which of many missed due times counts: the latest.

import { nextDueMs, type Expression } from './expression.ts';

export interface Missed {
  /** A due time that has come, at `untilMs` or before. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The last due time up to and with `untilMs`, given one at `sinceMs`. */
export function latestDueMs(expression: Expression, zone: string, { sinceMs, untilMs }: Missed): number {
  switch (expression.kind) {
    case 'at':
      return sinceMs;
    case 'rate':
      return sinceMs + Math.floor(Math.max(0, untilMs - sinceMs) / expression.everyMs) * expression.everyMs;
    case 'cron': {
      // Backwards in growing steps, then forwards: a year of missed minutes costs a few looks, not half a million.
      let latest: number | undefined;
      for (let backMs = 60_000; latest === undefined; backMs *= 2) {
        const fromMs = Math.max(untilMs - backMs, sinceMs - 1);
        const first = nextDueMs(expression, zone, fromMs);
        if (first !== undefined && first <= untilMs) latest = first;
        else if (fromMs < sinceMs) latest = sinceMs;
      }
      for (;;) {
        const next = nextDueMs(expression, zone, latest);
        if (next === undefined || next > untilMs) return latest;
        latest = next;
      }
    }
    default:
      return expression satisfies never;
  }
}
