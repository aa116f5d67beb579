// The end of an execution, whichever it is.

import { ROOT } from './execution.ts';
import { errorDetails } from './history.ts';
import type { Outcome } from './messages.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

/** The timer of the machine's TimeoutSeconds. */
export const EXECUTION_TIMER = 'execution';

/** Time runs from the start, and anew from a redrive. A child of a map run has none: it is the run's parent that times out. */
export function startExecutionTimer(turn: Turn, fromMs: number): void {
  const timeoutSeconds = timeoutOf(turn);
  if (timeoutSeconds !== undefined)
    turn.commands.push({ kind: 'start-timer', timerId: EXECUTION_TIMER, dueMs: fromMs + timeoutSeconds * 1000 });
}

function timeoutOf({ machine, execution }: Turn): number | undefined {
  return execution.facts.flowPath === '' ? machine.timeoutSeconds : undefined;
}

export function finish(turn: Turn, outcome: Outcome): void {
  turn.execution.outcome = outcome;
  turn.execution.ready = [];
  if (timeoutOf(turn) !== undefined) turn.commands.push({ kind: 'cancel-timer', timerId: EXECUTION_TIMER });
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
