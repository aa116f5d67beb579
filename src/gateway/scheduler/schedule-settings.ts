// A schedule as the wire has it, and back.

import type { FlexibleTimeWindow, GetScheduleOutput, Target } from '@aws-sdk/client-scheduler';
import { DEFAULT_GROUP, DEFAULT_RETRY, scheduleArn, type Schedule, type ScheduleName, type ScheduleSettings } from '#schedules';
import type { Scope } from '#kernel';
import { invalid } from './operation.ts';
import type { HandlerInput } from '../operation.ts';

type Input = HandlerInput<typeof import('@aws-sdk/client-scheduler'), 'CreateSchedule'>;

export function nameOf(
  scope: Scope,
  { Name, GroupName }: { readonly Name: string; readonly GroupName?: string | undefined },
): ScheduleName {
  return { scope, group: GroupName ?? DEFAULT_GROUP, name: Name };
}

export function settingsOf(input: Input): ScheduleSettings {
  if (input.KmsKeyArn !== undefined)
    throw invalid('KmsKeyArn: schedules are not encrypted with keys of your own here. Leave it out.');
  return {
    expression: input.ScheduleExpression,
    zone: input.ScheduleExpressionTimezone ?? 'UTC',
    startMs: input.StartDate?.getTime(),
    endMs: input.EndDate?.getTime(),
    description: input.Description,
    isEnabled: input.State !== 'DISABLED',
    windowMinutes: windowOf(input.FlexibleTimeWindow),
    isDeletedAfterCompletion: input.ActionAfterCompletion === 'DELETE',
    target: targetOf(input.Target),
  };
}

function windowOf({ Mode, MaximumWindowInMinutes }: Input['FlexibleTimeWindow']): number | undefined {
  if (Mode === 'OFF' && MaximumWindowInMinutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be given when the flexible time window is OFF.');
  if (Mode === 'FLEXIBLE' && MaximumWindowInMinutes === undefined)
    throw invalid('MaximumWindowInMinutes must be given when the flexible time window is FLEXIBLE.');
  return MaximumWindowInMinutes;
}

/** Parameters of targets that are not there are refused with a name, so that a wrong one does not pass for a right one. */
const UNSERVED = [
  'EcsParameters',
  'EventBridgePutEventsV2Parameters',
  'EventBridgePutRawEventsParameters',
  'KinesisParameters',
  'SageMakerPipelineParameters',
] as const;

function targetOf(target: Input['Target']): ScheduleSettings['target'] {
  for (const name of UNSERVED) {
    if (target[name] !== undefined) throw invalid(`${name}: there are no such targets here.`);
  }
  const { EventBridgeParameters: event, RetryPolicy: retry } = target;
  return {
    arn: target.Arn,
    roleArn: target.RoleArn,
    retry: {
      maximumRetries: retry?.MaximumRetryAttempts ?? DEFAULT_RETRY.maximumRetries,
      maximumAgeSeconds: retry?.MaximumEventAgeInSeconds ?? DEFAULT_RETRY.maximumAgeSeconds,
    },
    deadLetterArn: target.DeadLetterConfig?.Arn,
    input: target.Input,
    messageGroupId: target.SqsParameters?.MessageGroupId,
    event: event && { source: event.Source, detailType: event.DetailType },
  };
}

export function describe(schedule: Schedule): GetScheduleOutput {
  const { settings } = schedule;
  const { startMs, endMs, description } = settings;
  return {
    Arn: scheduleArn(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    ScheduleExpression: settings.expression,
    ScheduleExpressionTimezone: settings.zone,
    State: settings.isEnabled ? 'ENABLED' : 'DISABLED',
    CreationDate: new Date(schedule.createdAtMs),
    LastModificationDate: new Date(schedule.modifiedAtMs),
    Target: describeTarget(settings.target),
    FlexibleTimeWindow: describeWindow(settings.windowMinutes),
    ActionAfterCompletion: settings.isDeletedAfterCompletion ? 'DELETE' : 'NONE',
    ...(startMs === undefined ? {} : { StartDate: new Date(startMs) }),
    ...(endMs === undefined ? {} : { EndDate: new Date(endMs) }),
    ...(description === undefined ? {} : { Description: description }),
  };
}

function describeWindow(minutes: number | undefined): FlexibleTimeWindow {
  return minutes === undefined ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: minutes };
}

function describeTarget({ arn, roleArn, retry, deadLetterArn, input, messageGroupId, event }: ScheduleSettings['target']): Target {
  return {
    Arn: arn,
    RoleArn: roleArn,
    RetryPolicy: { MaximumEventAgeInSeconds: retry.maximumAgeSeconds, MaximumRetryAttempts: retry.maximumRetries },
    ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
    ...(input === undefined ? {} : { Input: input }),
    ...(messageGroupId === undefined ? {} : { SqsParameters: { MessageGroupId: messageGroupId } }),
    ...(event === undefined ? {} : { EventBridgeParameters: { DetailType: event.detailType, Source: event.source } }),
  };
}
