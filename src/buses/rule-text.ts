// What a rule may say: patterns and schedules, checked when they are put.

import { nextDueMs, parseExpression, type Expression } from '#calendar';
import { LIMITS } from '#kernel';
import { InvalidPattern, parsePattern } from '#patterns';
import { invalidParameter, invalidPattern } from './bus-answers.ts';

/** Throws InvalidEventPatternException. */
export function checkPattern(text: string): void {
  if (Buffer.byteLength(text) > LIMITS.eventPatternBytes)
    throw invalidPattern(`it has more than ${LIMITS.eventPatternBytes} bytes. Say the same with fewer values, or in several rules`);
  try {
    parsePattern(text);
  } catch (cause) {
    if (cause instanceof InvalidPattern) throw invalidPattern(cause.message);
    throw cause;
  }
}

/** Rules know `rate` and `cron`, in UTC. Throws ValidationException. */
export function checkSchedule(text: string): void {
  scheduleOf(text);
}

export function scheduleOf(text: string): Exclude<Expression, { kind: 'at' }> {
  const expression = parseExpression(text);
  if (expression === undefined || expression.kind === 'at') throw invalidParameter('ScheduleExpression');
  // Rules want grammar where schedules do not: `rate(1 minutes)` is none. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  if (expression.kind === 'rate' && (expression.value === 1) === expression.unit.endsWith('s'))
    throw invalidParameter('ScheduleExpression');
  return expression;
}

/** When a rule that was made at `startMs` is due next. Undefined when never again. */
export function nextRun(
  schedule: string,
  { afterMs, startMs }: { readonly afterMs: number; readonly startMs: number },
): number | undefined {
  return nextDueMs(scheduleOf(schedule), 'UTC', Math.max(afterMs, startMs), { startMs });
}
