// Durable functions: how long an execution may be open, and how long it is remembered after its end.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html

import type { CreateFunctionRequest } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import { constraintViolated, invalidParameter } from '../refusals.ts';

export interface DurableSettings {
  /** 1 to 31,622,400: from the start of an execution to its end, waits included. */
  readonly executionTimeoutSeconds: number;
  /** 1 to 90. */
  readonly retentionDays: number;
}

const RETENTION_DAYS_DEFAULT = 14;

/**
 * Lambda takes it when a function is created and never again; here an existing function may become durable, which changes nothing for the
 * executions and versions that there are. Off again it cannot be switched, there and here: what it has left open would have nobody to run it.
 */
export function changedDurableSettings(
  before: DurableSettings | undefined,
  requested: CreateFunctionRequest['DurableConfig'],
): DurableSettings | undefined {
  if (requested === undefined) return before;
  const { ExecutionTimeout, RetentionPeriodInDays } = requested;
  const executionTimeoutSeconds = ExecutionTimeout ?? before?.executionTimeoutSeconds;
  const retentionDays = RetentionPeriodInDays ?? before?.retentionDays ?? RETENTION_DAYS_DEFAULT;
  if (executionTimeoutSeconds === undefined)
    throw invalidParameter('You cannot create a function with a durable configuration without an executionTimeout.');
  checkRange('durableConfig.executionTimeout', executionTimeoutSeconds, LIMITS.durableExecutionSeconds);
  checkRange('durableConfig.retentionPeriodInDays', retentionDays, LIMITS.durableRetentionDays);
  return { executionTimeoutSeconds, retentionDays };
}

function checkRange(member: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw constraintViolated(member, String(value), 'Member must have value greater than or equal to 1');
  if (value > most) throw constraintViolated(member, String(value), `Member must have value less than or equal to ${most}`);
}
