// What a run's verdict makes of its execution. Pure: it fills a draft, and says how the execution ends where it does.

import type { ErrorObject } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import type { Draft } from './draft.ts';
import { keptError } from './history-events.ts';
import { isOpen } from './records.ts';
import type { ExecutionEnd } from './records.ts';
import type { Run } from './run.ts';
import type { RunVerdict } from './run-verdict.ts';

/** After the first failure, doubled with each. */
const BACK_OFF_MS = 1000;
const BACK_OFF_MOST_MS = 60_000;

const NOTHING_PENDING: ErrorObject = {
  ErrorType: 'InvalidParameterValueException',
  ErrorMessage: 'Cannot return PENDING status with no pending operations.',
};

export function conclude(draft: Draft, run: Run, verdict: Exclude<RunVerdict, { kind: 'closed' }>): ExecutionEnd | undefined {
  // Since the run's beginning: what it was told of it knows.
  draft.head = { ...draft.head, updated: [...run.changed] };
  // It saw something that was never written, and could not end well. That is the platform's failure, not the function's.
  if (run.isVoid) return againLater(draft);
  switch (verdict.kind) {
    case 'refused':
      return againLater(draft);
    case 'ended':
      completed(draft, run, verdict.end.error);
      return verdict.end;
    case 'pending':
      return pause(draft, run);
    case 'failed':
      return failed(draft, run, verdict.error);
    default:
      return verdict satisfies never;
  }
}

export function completed(draft: Draft, run: Run, error: ErrorObject | undefined): void {
  const { requestId, startedAtMs } = run;
  const details = { StartTimestamp: startedAtMs, EndTimestamp: draft.nowMs, RequestId: requestId };
  draft.event('InvocationCompleted', { details, error: keptError(error) });
}

/** Something changed while it ran, and nobody told it: it runs again at once. */
function pause(draft: Draft, run: Run): ExecutionEnd | undefined {
  const waits = [...draft.execution.operations.values()].some(
    (operation) =>
      isOpen(operation) && operation.type !== 'CONTEXT' && !(operation.type === 'STEP' && operation.status !== 'PENDING'),
  );
  if (!waits && run.changed.size === 0) return failed(draft, run, NOTHING_PENDING);
  completed(draft, run, undefined);
  draft.head = { ...draft.head, refusals: 0, phase: run.changed.size > 0 ? 'due' : 'waiting' };
  return undefined;
}

function failed(draft: Draft, run: Run, error: ErrorObject): ExecutionEnd | undefined {
  completed(draft, run, error);
  const failures = draft.head.failures + 1;
  if (failures >= LIMITS.durableRunFailures) return { status: 'FAILED', error };
  draft.head = { ...draft.head, failures, refusals: 0 };
  return backOff(draft, failures);
}

function againLater(draft: Draft): undefined {
  const refusals = draft.head.refusals + 1;
  draft.head = { ...draft.head, refusals };
  return backOff(draft, refusals);
}

function backOff(draft: Draft, times: number): undefined {
  draft.timer('run', '', draft.nowMs + backOffMs(times));
  draft.head = { ...draft.head, phase: 'waiting' };
}

export function backOffMs(times: number): number {
  return Math.min(BACK_OFF_MOST_MS, BACK_OFF_MS * 2 ** Math.min(times - 1, 16));
}
