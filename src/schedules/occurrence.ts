// What a schedule sends when it is due: one entry of the outbox, or one for each event of a universal target.

import type { Random, Scope } from '#kernel';
import { deliveryOfEntry, type OutboxEntry, type Target } from '#outbox';
import type { NewDelivery } from '#store';
import { ATTEMPT_NUMBER, timeText, withContext, type Occurrence } from './context-attributes.ts';
import type { Schedule } from './schedule.ts';
import { scheduleArn } from './schedule-names.ts';
import { templatedKind, type ScheduleTarget } from './schedule-target.ts';
import { universalCalls } from './universal-target.ts';

/** AWS says "exponential": from a second on, so that 185 attempts fill a day at most every eight minutes. */
const BACK_OFF = { kind: 'exponential', leastMs: 1000, mostMs: 480_000 } as const;

export interface DueTime {
  /** As the expression says. */
  readonly scheduledMs: number;
  /** When it was to be met: in a flexible window later. The age of the event counts from here. */
  readonly dueAtMs: number;
  readonly nowMs: number;
}

export function deliveriesOf(schedule: Schedule, due: DueTime, random: Random): readonly NewDelivery[] {
  const { scope, settings } = schedule;
  const { target } = settings;
  const occurrence = { scheduleArn: scheduleArn(schedule), scheduledMs: due.scheduledMs, executionId: random.uuid() };
  const calls = callsOf(target, occurrence, { scope, nowMs: due.nowMs });
  return calls.map(({ target: to, payload, delaySeconds }, index) => {
    const entry: OutboxEntry = {
      id: index === 0 ? occurrence.executionId : `${occurrence.executionId}/${index}`,
      scope,
      target: to,
      payload: Buffer.from(payload),
      sender: { service: 'scheduler.amazonaws.com', arn: occurrence.scheduleArn, roleArn: target.roleArn },
      retry: { ...target.retry, backOff: BACK_OFF },
      acceptedAtMs: due.dueAtMs,
      dueAtMs: due.nowMs + delaySeconds * 1000,
      ...(target.deadLetterArn === undefined
        ? {}
        : { deadLetter: { arn: target.deadLetterArn, style: 'scheduler', scheduledMs: due.scheduledMs } }),
      ...(payload.includes(ATTEMPT_NUMBER) ? { attemptPlaceholder: ATTEMPT_NUMBER } : {}),
    };
    return deliveryOfEntry(entry);
  });
}

interface Place {
  readonly scope: Scope;
  readonly nowMs: number;
}

function callsOf(target: ScheduleTarget, occurrence: Occurrence, { scope, nowMs }: Place) {
  const kind = templatedKind(target.arn);
  if (kind === undefined) return universalCalls(target.arn, withContext(target.input ?? '{}', occurrence), { scope, nowMs });
  const payload = target.input === undefined ? notification(scope, occurrence) : withContext(target.input, occurrence);
  return [{ target: templated(target, kind, occurrence), payload, delaySeconds: 0 }];
}

function templated(
  { arn, messageGroupId, event }: ScheduleTarget,
  kind: NonNullable<ReturnType<typeof templatedKind>>,
  occurrence: Occurrence,
): Target {
  switch (kind) {
    case 'function':
    case 'topic':
    case 'stateMachine':
      return { kind, arn };
    case 'queue':
      return { kind, arn, ...(messageGroupId === undefined ? {} : { groupId: messageGroupId }) };
    case 'bus':
      return {
        kind,
        arn,
        source: event?.source ?? '',
        detailType: event?.detailType ?? '',
        resources: [occurrence.scheduleArn],
        timeMs: occurrence.scheduledMs,
      };
    default:
      return kind satisfies never;
  }
}

/** What is sent where nothing was said; `detail` is text on AWS too. */
function notification({ account, region }: Scope, { scheduleArn: arn, scheduledMs, executionId }: Occurrence): string {
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: timeText(scheduledMs),
    region,
    resources: [arn],
    detail: '{}',
  });
}
