// A child as result files tell of it. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html

import type { JsonObject } from '#workflows';
import type { ChildOutcome } from '../outcomes.ts';

export type ToldChild = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly executionType: 'STANDARD' | 'EXPRESS';
  /** JSON text, as all inputs and outputs in these files. */
  readonly input: string;
};

const INCLUDED = { Included: true };

export function endedRecord(told: ToldChild, child: ChildOutcome): JsonObject {
  const { outcome } = child;
  const succeeded = outcome.status === 'SUCCEEDED';
  const refusal = succeeded ? 'Execution is SUCCEEDED and cannot be redriven' : child.redriveRefusal;
  return {
    ...(succeeded || outcome.cause === undefined ? {} : { Cause: outcome.cause }),
    ...(succeeded || outcome.error === undefined ? {} : { Error: outcome.error }),
    ...common(told),
    ...(succeeded ? { Output: outcome.output } : {}),
    OutputDetails: INCLUDED,
    RedriveCount: child.redrives,
    ...(refusal === undefined
      ? { RedriveStatus: 'REDRIVABLE_BY_MAP_RUN' }
      : { RedriveStatus: 'NOT_REDRIVABLE', RedriveStatusReason: refusal }),
    StartDate: new Date(child.startedAtMs).toISOString(),
    StateMachineArn: told.stateMachineArn,
    Status: outcome.status,
    StopDate: new Date(child.endedAtMs).toISOString(),
  };
}

/** One that was not begun when the run failed or was stopped. */
export function pendingRecord(told: ToldChild): JsonObject {
  return { ...common(told), OutputDetails: INCLUDED, RedriveCount: 0, StateMachineArn: told.stateMachineArn, Status: 'PENDING' };
}

function common({ executionArn, input, name }: ToldChild): JsonObject {
  return { ExecutionArn: executionArn, Input: input, InputDetails: INCLUDED, Name: name };
}
