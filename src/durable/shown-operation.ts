// An operation as the API and the function see it. https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html

import type { Operation } from '@aws-sdk/client-lambda';
import type { Execution } from './execution.ts';
import type { StoredOperation } from './records.ts';

export function shownOperation(operation: StoredOperation): Operation {
  const { id, type, name, parentId, subType, status, startedAtMs, endedAtMs } = operation;
  return {
    Id: id,
    ParentId: parentId,
    Name: name,
    Type: type,
    SubType: subType,
    StartTimestamp: new Date(startedAtMs),
    EndTimestamp: endedAtMs === undefined ? undefined : new Date(endedAtMs),
    Status: status,
    ...detailsOf(operation),
  };
}

function detailsOf(operation: StoredOperation): Partial<Operation> {
  const { result: Result, error } = operation;
  switch (operation.type) {
    case 'CONTEXT':
      return { ContextDetails: { ReplayChildren: operation.replayChildren, Result, Error: error } };
    case 'STEP': {
      const { attempt, nextAttemptAtMs } = operation;
      const next = nextAttemptAtMs === undefined ? undefined : new Date(nextAttemptAtMs);
      return { StepDetails: { Attempt: attempt, NextAttemptTimestamp: next, Result, Error: error } };
    }
    case 'WAIT':
      return { WaitDetails: { ScheduledEndTimestamp: new Date(operation.dueAtMs) } };
    case 'CALLBACK':
      return { CallbackDetails: { CallbackId: operation.callbackId, Result, Error: error } };
    case 'CHAINED_INVOKE':
      return { ChainedInvokeDetails: { Result, Error: error } };
    default:
      return operation satisfies never;
  }
}

/** The operation that is the execution itself, always the first. */
export function executionOperation({ facts, row, input }: Execution): Operation {
  return {
    Id: facts.executionId,
    Type: 'EXECUTION',
    Status: 'STARTED',
    StartTimestamp: new Date(row.startedAtMs),
    ExecutionDetails: { InputPayload: input },
  };
}
