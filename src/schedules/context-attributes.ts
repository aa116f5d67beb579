// Keywords of a target's input that stand for what is known when it is called.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html

export interface Occurrence {
  readonly scheduleArn: string;
  /** When it was due, and not when it was met. */
  readonly scheduledMs: number;
  readonly executionId: string;
}

/** Stays in the payload until an attempt is made: it is the courier's to fill in. */
export const ATTEMPT_NUMBER = '<aws.scheduler.attempt-number>';

/** None of the values has a character that JSON escapes. */
export function withContext(input: string, { scheduleArn, scheduledMs, executionId }: Occurrence): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', timeText(scheduledMs))
    .replaceAll('<aws.scheduler.execution-id>', executionId);
}

/** `2022-03-22T18:59:43Z` */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
