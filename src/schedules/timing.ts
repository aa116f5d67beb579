// When a schedule is due, and what becomes of times that were missed. Pure.
//
// AWS's scheduler is never down, so what happens to times that this platform slept through is ours to say:
//   - A due time that is late by no more than GRACE_MS (and its flexible window) is met as if it were in time, each one.
//   - Of a row of missed times of a recurring schedule, the latest alone is met, once. The others are passed over.
//   - What is met late keeps its age: when that exceeds the schedule's MaximumEventAgeInSeconds (a day, if nothing was said), the entry
//     expires before its first attempt and goes to the dead-letter queue, as one whose target was down for as long would.
// A clock that is set forward looks like a sleep. One that is set back repeats nothing: the next due time stays where it is.

import { latestDueMs, nextDueMs, type Span } from '#calendar';
import type { Random } from '#kernel';
import { expressionOf, type Schedule } from './schedule.ts';

/** AWS's precision: "between 1:00:00 and 1:00:59". A restart within it skips nothing. */
export const GRACE_MS = 60_000;

/** What its timer remembers. */
export interface Planned {
  readonly scheduledMs: number;
  readonly dueAtMs: number;
}

export interface Turn {
  /** The due time that is met now. */
  readonly scheduledMs: number;
  readonly dueAtMs: number;
  /** How many were passed over is not counted; whether some were is worth a line in the log. */
  readonly hasMissed: boolean;
  readonly next: Planned | undefined;
}

/** The first due time after `afterMs`. */
export function plan(schedule: Schedule, afterMs: number, random: Random): Planned | undefined {
  const { settings } = schedule;
  const scheduledMs = nextDueMs(expressionOf(settings), settings.zone, afterMs, spanOf(schedule));
  if (scheduledMs === undefined) return undefined;
  const { windowMinutes = 0 } = settings;
  return { scheduledMs, dueAtMs: scheduledMs + Math.floor(random.fraction() * windowMinutes * 60_000) };
}

/** From when on due times count of a schedule that is new at `nowMs`: a time that is now, to AWS's precision, is not missed. */
export function startOf(schedule: Schedule, nowMs: number): number {
  return expressionOf(schedule.settings).kind === 'cron' ? nowMs - 1 : nowMs - GRACE_MS;
}

/** `planned` has come. */
export function turnOf(
  schedule: Schedule,
  planned: Planned,
  { nowMs, random }: { readonly nowMs: number; readonly random: Random },
): Turn {
  const { settings } = schedule;
  const { endMs = Infinity } = settings;
  const metAtLatestMs = planned.scheduledMs + (settings.windowMinutes ?? 0) * 60_000 + GRACE_MS;
  const missed = { sinceMs: planned.scheduledMs, untilMs: Math.min(nowMs, endMs - 1) };
  const scheduledMs = nowMs <= metAtLatestMs ? planned.scheduledMs : latestDueMs(expressionOf(settings), settings.zone, missed);
  const hasMissed = scheduledMs !== planned.scheduledMs;
  return {
    scheduledMs,
    dueAtMs: hasMissed ? scheduledMs : planned.dueAtMs,
    hasMissed,
    next: plan(schedule, scheduledMs, random),
  };
}

function spanOf({ settings, anchorMs }: Schedule): Span {
  const { expression, startMs, endMs } = settings;
  // Without a start date the first time of a rate is when it was said; the others have no start then.
  return { startMs: expression.startsWith('rate') ? anchorMs : startMs, endMs };
}
