// What a thread of an execution waits for outside: kept beside it in the journal, so that the next process begins again what was under way, and
// knows what it waits for.

import assert from 'node:assert/strict';
import type { Command, Execution, Json, TaskResource, Thread } from '#workflows';

export type StartTask = Extract<Command, { kind: 'start-task' }>;

export type Errand =
  /** To be carried out by a process; a callback may come meanwhile. */
  | { readonly kind: 'task'; readonly command: StartTask }
  | { readonly kind: 'read'; readonly command: Extract<Command, { kind: 'read-items' }> }
  | { readonly kind: 'map-run'; readonly command: Extract<Command, { kind: 'start-map-run' | 'redrive-map-run' }> }
  /** The child execution is to be told that somebody waits for its end. */
  | { readonly kind: 'watch'; readonly taskId: string; readonly executionArn: string; readonly resource: TaskResource }
  /** From here on nothing is done by itself: whoever has the token, the child execution or the map run tells how it ended. */
  | { readonly kind: 'callback'; readonly taskId: string; readonly token: string }
  /** An activity's task, for a worker to take. */
  | { readonly kind: 'queued'; readonly taskId: string; readonly token: string; readonly activityArn: string; readonly input: Json }
  | { readonly kind: 'child'; readonly taskId: string; readonly executionArn: string; readonly resource: TaskResource }
  | { readonly kind: 'map'; readonly mapRunId: string };

/** What is left to be done of an execution as a whole; each is repeated until it is done. */
export type Chore =
  | { readonly kind: 'stop-child'; readonly executionArn: string }
  | { readonly kind: 'cancel-map-run'; readonly mapRunId: string }
  | { readonly kind: 'tell-parents' };

/** Names it among what is under way. */
export function errandId(errand: Errand): string {
  switch (errand.kind) {
    case 'task':
      return errand.command.taskId;
    case 'read':
      return errand.command.readId;
    case 'map-run':
      return errand.command.mapRunId;
    case 'watch':
      return `watch:${errand.taskId}`;
    case 'callback':
    case 'queued':
    case 'child':
      return errand.taskId;
    case 'map':
      return errand.mapRunId;
    default:
      return errand satisfies never;
  }
}

export function choreId(chore: Chore): string {
  switch (chore.kind) {
    case 'stop-child':
      return `stop:${chore.executionArn}`;
    case 'cancel-map-run':
      return `cancel:${chore.mapRunId}`;
    case 'tell-parents':
      return 'tell-parents';
    default:
      return chore satisfies never;
  }
}

/** Whether a process has to do something for it. */
export function isToDo(errand: Errand): boolean {
  return errand.kind === 'task' || errand.kind === 'read' || errand.kind === 'map-run' || errand.kind === 'watch';
}

/** Whether its thread still waits for it. */
export function isAwaited(errand: Errand, thread: Thread | undefined): boolean {
  if (thread === undefined) return false;
  const { phase } = thread;
  switch (errand.kind) {
    case 'task':
      return phase.kind === 'task' && phase.taskId === errand.command.taskId;
    case 'watch':
    case 'callback':
    case 'queued':
    case 'child':
      return phase.kind === 'task' && phase.taskId === errand.taskId;
    case 'read':
      return phase.kind === 'reading' && phase.readId === errand.command.readId;
    case 'map-run':
      return phase.kind === 'map-run' && phase.mapRunId === errand.command.mapRunId;
    case 'map':
      return phase.kind === 'map-run' && phase.mapRunId === errand.mapRunId;
    default:
      return errand satisfies never;
  }
}

/** What the outside may answer with; tasks that are carried out here have none. */
export function tokenOf(errand: Errand): string | undefined {
  if (errand.kind === 'callback' || errand.kind === 'queued') return errand.token;
  return errand.kind === 'task' && isCallback(errand.command.resource) ? errand.command.token : undefined;
}

export function isCallback(resource: TaskResource): boolean {
  return resource.kind === 'service' && resource.pattern === 'waitForTaskToken';
}

/** Ids of tasks and readings begin with their thread's. */
export function threadIdOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

/** A map run's id is its ARN, which does not name its thread. */
export function threadOfMapRun({ threads }: Execution, mapRunId: string): string {
  const thread = [...threads.values()].find(({ phase }) => phase.kind === 'map-run' && phase.mapRunId === mapRunId);
  assert(thread !== undefined, 'a map run that is begun has a thread that waits for it');
  return thread.id;
}

/** The queue in which the tasks wait that are to be told of an execution's end. */
export function queueOfEnd(executionArn: string): string {
  return `end:${executionArn}`;
}

/** A waiting parent's place in that queue. */
export function tokenOfEnd(journal: number, taskId: string): string {
  return `end:${journal}:${taskId}`;
}
