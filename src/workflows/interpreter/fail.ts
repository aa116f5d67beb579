// What becomes of a state that failed: it is tried again, its error is caught, or its thread fails. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

import type { Retrier, State } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import type { Current, Thread } from './execution.ts';
import { atResultPath, exitState } from './exit.ts';
import { failExecution } from './finish.ts';
import { childFailed, discardChildren, haltChildren, haltFailed } from './halt.ts';
import { errorDetails } from './history.ts';
import { matchesError, StateFailure } from './state-failure.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

export async function failState(turn: Turn, thread: Thread, failure: Failure): Promise<void> {
  const state = turn.state(thread);
  const current = turn.current(thread);
  const { phase } = thread;
  const children = phase.kind === 'children' && turn.execution.progress.has(thread.id) ? phase : undefined;
  if (children !== undefined) haltChildren(turn, thread, children);
  if (failure.evaluation !== undefined) noteEvaluation(turn, thread, current, failure);
  if (failure.fatal !== true && (await handled(turn, thread, state, failure))) {
    if (children !== undefined && !isHalted(thread)) discardChildren(turn, thread, children);
    return;
  }
  turn.observer?.failed(failure);
  // What was too large with all children would be so again: a redrive begins them all anew.
  if (children !== undefined && failure.error === 'States.DataLimitExceeded') discardChildren(turn, thread, children);
  haltFailed(turn, thread);
  if (thread.parent === undefined) failExecution(turn, failure);
  else childFailed(turn, thread, failure);
}

/** What a catcher's own fields threw has failed the thread for good. */
function isHalted({ phase }: Thread): boolean {
  return phase.kind === 'halted';
}

async function handled(turn: Turn, thread: Thread, state: State, failure: Failure): Promise<boolean> {
  if (!('retry' in state)) return false;
  if (retried(turn, thread, state.retry, failure)) return true;
  if (state.kind === 'Map' || state.kind === 'Parallel') turn.note(thread, `${state.kind}StateFailed`);
  return caught(turn, thread, state, failure);
}

function noteEvaluation(turn: Turn, thread: Thread, current: Current, failure: Failure): void {
  // AWS lets a failure at the start of a state follow what came before the state.
  if (thread.previousEventId === current.enteredEventId) thread.previousEventId = current.beforeEventId;
  const location = failure.evaluation?.location;
  turn.note(
    thread,
    'EvaluationFailed',
    errorDetails('evaluationFailedEventDetails', failure, { state: current.name, ...(location === undefined ? {} : { location }) }),
  );
}

function retried(turn: Turn, thread: Thread, retriers: readonly Retrier[], failure: Failure): boolean {
  const current = turn.current(thread);
  const index = retriers.findIndex((retrier) => matchesError(retrier.errorEquals, failure.error));
  const retrier = retriers[index];
  if (retrier === undefined) return false;
  const used = current.retries[index] ?? 0;
  if (used >= retrier.maxAttempts) {
    turn.observer?.retriesSpent(index);
    return false;
  }
  const delaySeconds = delayOf(retrier, used, () => turn.random.fraction());
  const retries = retriers.map((_, at) => (current.retries[at] ?? 0) + (at === index ? 1 : 0));
  thread.current = { ...current, retryCount: current.retryCount + 1, retries };
  const timerId = `${thread.id}:retry:${thread.previousEventId}:${current.retryCount}`;
  turn.phase(thread, { kind: 'retrying', timerId });
  turn.commands.push({ kind: 'start-timer', timerId, dueMs: turn.nowMs + Math.round(delaySeconds * 1000) });
  turn.observer?.retrying(index, delaySeconds, failure);
  return true;
}

/** The delay before a retry: with jitter, anything up to it. */
function delayOf(retrier: Retrier, used: number, fraction: () => number): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** used;
  const delay = Math.min(grown, retrier.maxDelaySeconds ?? LONGEST_DELAY_SECONDS);
  return retrier.jitter ? delay * fraction() : delay;
}

/** A year: no execution is open for longer. */
const LONGEST_DELAY_SECONDS = 31_536_000;

async function caught(
  turn: Turn,
  thread: Thread,
  state: Extract<State, { readonly catch: unknown }>,
  failure: Failure,
): Promise<boolean> {
  const index = state.catch.findIndex((catcher) => matchesError(catcher.errorEquals, failure.error));
  const catcher = state.catch[index];
  if (catcher === undefined) return false;
  const errorOutput: Json = { Error: failure.error ?? '', ...(failure.cause === undefined ? {} : { Cause: failure.cause }) };
  const { input } = turn.current(thread);
  const scope = turn.scope(thread);
  turn.observer?.caught(index, failure);
  try {
    await exitState(turn, thread, scope, {
      output: state.language === 'JSONata' ? errorOutput : atResultPath(catcher.resultPath, input, errorOutput, scope),
      assignDocument: errorOutput,
      subject: { input, errorOutput },
      assign: catcher.assign,
      outputTemplate: catcher.output,
      next: catcher.next,
      outputPath: undefined,
      prefix: `Catch[${index}]/`,
    });
  } catch (error) {
    // What a catcher's own fields throw is caught by nobody.
    if (!(error instanceof StateFailure)) throw error;
    await failState(turn, thread, { ...error.failure, fatal: true });
  }
  return true;
}
