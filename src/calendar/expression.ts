// Schedule expressions: `at(…)`, `rate(…)` and `cron(…)`, read once; and when they are due next.

import { cronOf, type NextWallMs } from './cron.ts';
import { parseCronFields } from './cron-fields.ts';
import { instantOf, wallTimeOf } from './wall-clock.ts';

export type Expression =
  /** A time on the wall. */
  | { readonly kind: 'at'; readonly wallMs: number }
  | { readonly kind: 'rate'; readonly value: number; readonly unit: RateUnit; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly nextWallMs: NextWallMs };

export type RateUnit = 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days';

/** Undefined when AWS would not take it. */
export function parseExpression(text: string): Expression | undefined {
  const [, kind, inside = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'at') return at(inside);
  if (kind === 'rate') return rate(inside);
  const fields = kind === 'cron' ? parseCronFields(inside) : undefined;
  return fields && { kind: 'cron', nextWallMs: cronOf(fields) };
}

export interface Span {
  /** The first instant that may be due. A rate counts from here: without it, it has no times at all. */
  readonly startMs?: number | undefined;
  /** The first instant that may no longer be due. */
  readonly endMs?: number | undefined;
}

/**
 * The first due time after `afterMs`, or undefined when there is none. Of `cron`, a time that clocks jump over in spring is no due
 * time, and one that they show twice in autumn is one, at the first showing:
 * https://repost.aws/knowledge-center/eventbridge-scheduler-adjust-dst
 * A day of a `rate` is 24 hours. `at` belongs to no span, and a time that is jumped over means the jump: it would be lost else.
 */
export function nextDueMs(expression: Expression, zone: string, afterMs: number, span: Span = {}): number | undefined {
  const { startMs = -Infinity, endMs = Infinity } = span;
  switch (expression.kind) {
    case 'at': {
      const { atMs } = instantOf(zone, expression.wallMs);
      return atMs > afterMs ? atMs : undefined;
    }
    case 'rate':
      return within(nextOfRate(expression.everyMs, startMs, afterMs), endMs);
    case 'cron':
      return within(nextOfCron(expression.nextWallMs, zone, Math.max(afterMs, startMs - 1)), endMs);
    default:
      return expression satisfies never;
  }
}

function within(dueMs: number | undefined, endMs: number): number | undefined {
  return dueMs !== undefined && dueMs < endMs && dueMs <= LAST_MS ? dueMs : undefined;
}

/** The end of JavaScript's calendar. */
const LAST_MS = 8_640_000_000_000_000;

function nextOfRate(everyMs: number, startMs: number, afterMs: number): number | undefined {
  if (startMs === -Infinity) return undefined;
  return afterMs < startMs ? startMs : startMs + (Math.floor((afterMs - startMs) / everyMs) + 1) * everyMs;
}

function nextOfCron(nextWallMs: NextWallMs, zone: string, afterMs: number): number | undefined {
  let wallMs: number | undefined = wallTimeOf(zone, afterMs);
  for (;;) {
    wallMs = nextWallMs(wallMs);
    if (wallMs === undefined) return undefined;
    const { kind, atMs } = instantOf(zone, wallMs);
    // Not after: the wall showed this time before the clocks were set back.
    if (kind === 'shown' && atMs > afterMs) return atMs;
  }
}

function at(text: string): Expression | undefined {
  const fields = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text)?.slice(1).map(Number);
  if (fields === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC turns 30 February into 1 March, and the year 26 into 1926.
  const isTime = new Date(wallMs).toISOString().startsWith(text);
  return isTime ? { kind: 'at', wallMs } : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rate(text: string): Expression | undefined {
  const [, digits = '', unit = ''] = /^\s*([1-9]\d*)\s+((?:minute|hour|day)s?)\s*$/.exec(text) ?? [];
  const value = Number(digits);
  const everyMs = value * (UNIT_MS[unit.replace(/s$/, '')] ?? NaN);
  return everyMs <= LAST_MS ? { kind: 'rate', value, unit: unit as RateUnit, everyMs } : undefined;
}
