// What comes to an execution: the interpreter's inputs, and what its runner itself has to know. Taken in together by one step, or passed over.

import { refusalOfRedrive } from '#workflows';
import type { Execution, Input, Json } from '#workflows';
import { endOfChild } from '../tasks/child-execution.ts';
import type { TaskEnd } from '../tasks/task-port.ts';
import type { Draft } from './draft.ts';
import { choreId, queueOfEnd, threadIdOf, tokenOfEnd } from './errands.ts';
import type { ExecutionDescription } from './execution-requests.ts';
import type { LiveExecution } from './live-execution.ts';

export type News =
  | { readonly kind: 'input'; readonly input: Input }
  | {
      readonly kind: 'submitted';
      readonly taskId: string;
      readonly output: Json;
      readonly waitsFor: Extract<TaskEnd, { kind: 'submitted' }>['waitsFor'];
    }
  /** Of the child that a task waits for. */
  | { readonly kind: 'child-watched'; readonly taskId: string }
  | { readonly kind: 'child-ended'; readonly taskId: string; readonly child: ExecutionDescription }
  /** Somebody waits for the end of this one. */
  | { readonly kind: 'watch' }
  | { readonly kind: 'map-run-begun'; readonly mapRunId: string }
  | { readonly kind: 'chore-done'; readonly id: string }
  /** `given` is told the task's input. */
  | {
      readonly kind: 'worker';
      readonly taskId: string;
      readonly workerName: string | undefined;
      readonly given: (input: string) => void;
    }
  | { readonly kind: 'redrive'; readonly clientToken: string | undefined };

export type Admission = { readonly kind: 'taken' } | { readonly kind: 'passed-over'; readonly reason?: string };

const TAKEN: Admission = { kind: 'taken' };
const PASSED_OVER: Admission = { kind: 'passed-over' };

/** Whether the execution waits for it. The step that is drafted takes it in then. */
export function admit(live: LiveExecution, news: News, draft: Draft, nowMs: number): Admission {
  if (news.kind === 'chore-done') return finishChore(live, news.id, draft);
  if (news.kind === 'redrive') return redrive(live, news.clientToken, draft, nowMs);
  if (live.endedAtMs !== undefined) return PASSED_OVER;
  switch (news.kind) {
    case 'input':
      return admitInput(live, news.input, draft);
    case 'submitted':
      return submit(live, news, draft);
    case 'child-watched': {
      const threadId = threadIdOf(news.taskId);
      const errand = live.errands.get(threadId);
      if (errand?.kind !== 'watch' || errand.taskId !== news.taskId) return PASSED_OVER;
      live.setErrand(threadId, { ...errand, kind: 'child' }, draft);
      return changed(draft);
    }
    case 'child-ended':
      return endChild(live, news, draft);
    case 'watch':
      if (live.isWatched) return TAKEN;
      live.isWatched = true;
      return changed(draft);
    case 'map-run-begun':
      return beginMapRun(live, news.mapRunId, draft);
    case 'worker':
      return giveToWorker(live, news, draft);
    default:
      return news satisfies never;
  }
}

function changed(draft: Draft): Admission {
  draft.isChanged = true;
  return TAKEN;
}

function admitInput(live: LiveExecution, input: Input, draft: Draft): Admission {
  if (!isAwaitedInput(live, input, draft)) return PASSED_OVER;
  draft.inputs.push(input);
  return TAKEN;
}

function isAwaitedInput(live: LiveExecution, input: Input, draft: Draft): boolean {
  switch (input.kind) {
    case 'start':
      return live.execution.nextEventId === 1;
    case 'task-started':
    case 'task-submitted':
    case 'task-heartbeat':
      return waitsForTask(live, input.taskId, draft);
    case 'task-succeeded':
    case 'task-failed':
      return waitsForTask(live, input.taskId, draft) && ends(input.taskId, draft);
    case 'timer':
      // It is taken off in the step that it causes, whether or not anybody still waits for it.
      if (!live.timers.has(input.timerId)) return false;
      draft.timers.set(input.timerId, undefined);
      return true;
    case 'items-read':
    case 'items-failed':
      return phaseOf(live, threadIdOf(input.readId))?.kind === 'reading' && ends(input.readId, draft);
    case 'map-run-succeeded':
    case 'map-run-failed':
      return waitsForMapRun(live.execution, input.mapRunId) && ends(input.mapRunId, draft);
    case 'stop':
      return ends('stop', draft);
    case 'redrive':
      return false;
    default:
      return input satisfies never;
  }
}

/** Once: a second end that came at the same time is one too many. */
function ends(id: string, draft: Draft): boolean {
  if (draft.ended.has(id)) return false;
  draft.ended.add(id);
  return true;
}

function phaseOf({ execution }: LiveExecution, threadId: string) {
  return execution.threads.get(threadId)?.phase;
}

function waitsForTask(live: LiveExecution, taskId: string, draft: Draft): boolean {
  const phase = phaseOf(live, threadIdOf(taskId));
  return phase?.kind === 'task' && phase.taskId === taskId && !draft.ended.has(taskId);
}

function waitsForMapRun({ threads }: Execution, mapRunId: string): boolean {
  for (const { phase } of threads.values()) if (phase.kind === 'map-run' && phase.mapRunId === mapRunId) return true;
  return false;
}

function submit(live: LiveExecution, news: Extract<News, { kind: 'submitted' }>, draft: Draft): Admission {
  const { taskId, output, waitsFor } = news;
  const threadId = threadIdOf(taskId);
  const errand = live.errands.get(threadId);
  if (errand?.kind !== 'task' || errand.command.taskId !== taskId || draft.ended.has(taskId)) return PASSED_OVER;
  const { token, resource } = errand.command;
  draft.inputs.push({ kind: 'task-submitted', taskId, output });
  if (waitsFor.kind === 'callback') {
    live.setErrand(threadId, { kind: 'callback', taskId, token }, draft);
    return TAKEN;
  }
  const executionArn = waitsFor.arn;
  live.setErrand(threadId, { kind: 'watch', taskId, executionArn, resource }, draft);
  draft.callbacks.set(tokenOfEnd(live.journal, taskId), { taskId, queue: queueOfEnd(executionArn) });
  return TAKEN;
}

function endChild(live: LiveExecution, { taskId, child }: Extract<News, { kind: 'child-ended' }>, draft: Draft): Admission {
  const errand = live.errands.get(threadIdOf(taskId));
  if ((errand?.kind !== 'watch' && errand?.kind !== 'child') || errand.taskId !== taskId) return PASSED_OVER;
  const end = endOfChild(errand.resource, child);
  if (end.kind === 'succeeded') return admitInput(live, { kind: 'task-succeeded', taskId, output: end.output }, draft);
  return admitInput(live, { kind: 'task-failed', taskId, error: end.error, cause: end.cause }, draft);
}

function beginMapRun(live: LiveExecution, mapRunId: string, draft: Draft): Admission {
  for (const [threadId, errand] of live.errands) {
    if (errand.kind !== 'map-run' || errand.command.mapRunId !== mapRunId) continue;
    live.setErrand(threadId, { kind: 'map', mapRunId }, draft);
    return changed(draft);
  }
  return PASSED_OVER;
}

/** An activity's time between heartbeats begins when a worker has it. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html */
function giveToWorker(live: LiveExecution, news: Extract<News, { kind: 'worker' }>, draft: Draft): Admission {
  const { taskId, workerName } = news;
  const threadId = threadIdOf(taskId);
  const errand = live.errands.get(threadId);
  if (errand?.kind !== 'queued' || errand.taskId !== taskId || draft.ended.has(taskId)) return PASSED_OVER;
  draft.inputs.push(
    { kind: 'task-started', taskId, ...(workerName === undefined ? {} : { workerName }) },
    { kind: 'task-heartbeat', taskId },
  );
  news.given(JSON.stringify(errand.input));
  live.setErrand(threadId, { kind: 'callback', taskId, token: errand.token }, draft);
  draft.callbacks.set(errand.token, { taskId });
  return TAKEN;
}

function finishChore(live: LiveExecution, id: string, draft: Draft): Admission {
  const left = live.chores.filter((chore) => choreId(chore) !== id);
  if (left.length === live.chores.length) return PASSED_OVER;
  live.chores = left;
  return changed(draft);
}

function redrive(live: LiveExecution, clientToken: string | undefined, draft: Draft, nowMs: number): Admission {
  if (clientToken !== undefined && live.attributes.redriveToken === clientToken) return TAKEN;
  const reason = refusalOfRedrive(live.execution, { nowMs, endedMs: live.endedAtMs ?? nowMs });
  if (reason !== undefined) return { kind: 'passed-over', reason };
  if (draft.inputs.length > 0) return PASSED_OVER;
  if (clientToken !== undefined) live.attributes = { ...live.attributes, redriveToken: clientToken };
  draft.inputs.push({ kind: 'redrive' });
  return TAKEN;
}
