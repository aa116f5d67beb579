// Redrives: an execution that failed, was stopped or timed out goes on from the states that did not succeed, with the input that they had.
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html

import { LIMITS } from '#kernel';
import { childId, ROOT } from './execution.ts';
import type { Execution, Phase, Thread } from './execution.ts';
import { startExecutionTimer } from './finish.ts';
import type { Turn } from './turn.ts';

/** The event of the redrive, and one more. */
const EVENTS_NEEDED = 2;

/** Why it cannot be redriven, in words for `redriveStatusReason`, or undefined. `endedMs`: when it ended. */
export function refusalOfRedrive(
  execution: Pick<Execution, 'facts' | 'outcome' | 'nextEventId'>,
  at: { readonly nowMs: number; readonly endedMs: number },
): string | undefined {
  const { facts, outcome, nextEventId } = execution;
  if (facts.executionType === 'EXPRESS') return 'Execution is of an EXPRESS state machine and cannot be redriven';
  if (outcome === undefined) return 'Execution is RUNNING and cannot be redriven';
  if (outcome.status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
  if (at.nowMs - at.endedMs > LIMITS.redrivePeriodMs)
    return 'Execution has exceeded its redrivable period of 14 days and cannot be redriven';
  if (at.nowMs - facts.startedMs > LIMITS.executionOpenMs)
    return 'Execution has exceeded the maximum open time of one year and cannot be redriven';
  if (nextEventId - 1 > LIMITS.executionEvents - EVENTS_NEEDED)
    return 'Execution has too many history events and cannot be redriven';
  return undefined;
}

export function redrive(turn: Turn): void {
  const { execution } = turn;
  const root = turn.thread(ROOT);
  // When it ended is its runner's to know and to ask about before.
  if (root === undefined || refusalOfRedrive(execution, { nowMs: turn.nowMs, endedMs: turn.nowMs }) !== undefined) return;
  const redriveCount = execution.facts.redriveCount + 1;
  execution.outcome = undefined;
  execution.facts = { ...execution.facts, redriveCount, redrivenMs: turn.nowMs };
  const redriven = turn.event('ExecutionRedriven', execution.nextEventId - 1, {
    member: 'executionRedrivenEventDetails',
    value: { redriveCount },
  });
  startExecutionTimer(turn, turn.nowMs);
  resume(turn, root, redriven);
}

/** States are not entered again: they were entered, and begin their work anew with all their retries. */
function resume(turn: Turn, thread: Thread, redriven: number): void {
  if (thread.phase.kind !== 'halted') return;
  const { was } = thread.phase;
  thread.previousEventId = redriven;
  if (thread.current !== undefined) thread.current = { ...thread.current, retryCount: 0, retries: [] };
  switch (was.kind) {
    case 'entering':
    case 'again':
      return turn.phase(thread, was);
    case 'map-run': {
      const redriveCount = was.redriveCount + 1;
      turn.note(thread, 'MapRunRedriven', {
        member: 'mapRunRedrivenEventDetails',
        value: { mapRunArn: was.mapRunId, redriveCount },
      });
      turn.phase(thread, { ...was, redriveCount });
      turn.commands.push({ kind: 'redrive-map-run', mapRunId: was.mapRunId, redriveCount });
      return;
    }
    case 'children':
      return resumeChildren(turn, thread, was, redriven);
    default:
      was satisfies never;
  }
}

/** Branches and iterations that succeeded keep their outputs; the others go on, and those that never began come in their turn. */
function resumeChildren(turn: Turn, parent: Thread, phase: Extract<Phase, { kind: 'children' }>, redriven: number): void {
  turn.phase(parent, phase);
  const progress = turn.progress(parent);
  let open = 0;
  for (let index = 0; index < progress.started; index++) {
    const child = turn.thread(childId(parent.id, phase.serial, index));
    if (child?.phase.kind !== 'halted') continue;
    resume(turn, child, redriven);
    open++;
  }
  turn.setProgress(parent, { ...progress, done: progress.started - open, lastEventId: redriven });
  const missing = Math.min(phase.count - progress.started, phase.concurrency - open);
  for (let more = 0; more < missing; more++)
    turn.work.push({
      kind: 'next-iteration',
      threadId: parent.id,
      waitedFor: String(phase.serial),
      previousEventId: redriven,
    });
}
