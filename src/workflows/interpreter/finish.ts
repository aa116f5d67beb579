// The end of an execution, whichever it is.

import { ROOT } from './execution.ts';
import { errorDetails } from './history.ts';
import type { Outcome } from './messages.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

/** The timer of the machine's TimeoutSeconds. */
export const EXECUTION_TIMER = 'execution';

export function finish(turn: Turn, outcome: Outcome): void {
  turn.execution.outcome = outcome;
  turn.execution.ready = [];
  if (turn.machine.timeoutSeconds !== undefined) turn.commands.push({ kind: 'cancel-timer', timerId: EXECUTION_TIMER });
  turn.commands.push({ kind: 'finish', outcome });
}

export function failExecution(turn: Turn, failure: Failure): void {
  endExecution(turn, 'FAILED', failure);
}

export function endExecution(
  turn: Turn,
  status: 'FAILED' | 'TIMED_OUT' | 'ABORTED',
  failure: Pick<Failure, 'error' | 'cause'>,
): void {
  const [type, member] = EVENTS[status];
  const previous = turn.thread(ROOT)?.previousEventId ?? 0;
  turn.event(type, previous, errorDetails(member, failure));
  finish(turn, { status, error: failure.error, cause: failure.cause });
}

const EVENTS = {
  FAILED: ['ExecutionFailed', 'executionFailedEventDetails'],
  TIMED_OUT: ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
  ABORTED: ['ExecutionAborted', 'executionAbortedEventDetails'],
} as const;
