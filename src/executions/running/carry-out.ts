// Carries out what an execution asks for, and says what comes of it.

import type { MapRunPort } from '../map-runs/map-port.ts';
import type { TaskPort } from '../tasks/task-port.ts';
import type { Chore, Errand, StartTask } from './errands.ts';
import type { ExecutionDescription } from './execution-requests.ts';
import type { LiveExecution } from './live-execution.ts';
import type { News } from './news.ts';

export interface Carriers {
  readonly tasks: TaskPort;
  readonly mapRuns: MapRunPort;
  readonly siblings: Siblings;
}

/** Other executions, as tasks have to do with them. */
export interface Siblings {
  /** Sees to it that whoever waits for its end is told. Undefined where it goes on; how it stands where it is over; null where it is gone. */
  watch(live: LiveExecution, executionArn: string): Promise<ExecutionDescription | null | undefined>;
  stop(live: LiveExecution, executionArn: string): Promise<void>;
  /** Tells all that wait for its end. */
  tellParents(live: LiveExecution): Promise<void>;
}

/** Undefined where the platform goes down, and the next process begins it again. Rejects where the store fails, and by bugs. */
export async function carryOut(
  carriers: Carriers,
  live: LiveExecution,
  errand: Errand,
  signal: AbortSignal,
): Promise<News | undefined> {
  const { scope, runnable } = live;
  const { facts } = live.execution;
  switch (errand.kind) {
    case 'task':
      return newsOfTask(errand.command, await carriers.tasks.run({ scope, facts, command: errand.command, signal }));
    case 'read': {
      const { readId } = errand.command;
      const read = await carriers.mapRuns.readItems({ scope, facts, command: errand.command, signal });
      if (read.kind === 'interrupted') return undefined;
      if (read.kind === 'failed') return { kind: 'input', input: { kind: 'items-failed', readId, cause: read.cause } };
      const { items, origin } = read;
      return { kind: 'input', input: { kind: 'items-read', readId, items, origin } };
    }
    case 'map-run': {
      const { command } = errand;
      if (command.kind === 'start-map-run') await carriers.mapRuns.begin({ scope, machine: runnable, facts, command });
      else await carriers.mapRuns.redrive(command.mapRunId, command.redriveCount);
      return { kind: 'map-run-begun', mapRunId: command.mapRunId };
    }
    case 'watch':
      return newsOfChild(errand.taskId, errand.executionArn, await carriers.siblings.watch(live, errand.executionArn));
    case 'callback':
    case 'queued':
    case 'child':
    case 'map':
      return undefined;
    default:
      return errand satisfies never;
  }
}

function newsOfTask({ taskId }: StartTask, end: Awaited<ReturnType<TaskPort['run']>>): News | undefined {
  switch (end.kind) {
    case 'succeeded':
      return { kind: 'input', input: { kind: 'task-succeeded', taskId, output: end.output } };
    case 'failed': {
      const { error, cause, stage } = end;
      return { kind: 'input', input: { kind: 'task-failed', taskId, error, cause, ...(stage === undefined ? {} : { stage }) } };
    }
    case 'submitted':
      return { kind: 'submitted', taskId, output: end.output, waitsFor: end.waitsFor };
    case 'interrupted':
      return undefined;
    default:
      return end satisfies never;
  }
}

function newsOfChild(taskId: string, arn: string, child: ExecutionDescription | null | undefined): News {
  if (child === undefined) return { kind: 'child-watched', taskId };
  if (child !== null) return { kind: 'child-ended', taskId, child };
  const cause = `The execution ${arn} that the task waits for does not exist any more.`;
  return { kind: 'input', input: { kind: 'task-failed', taskId, error: 'StepFunctions.ExecutionDoesNotExist', cause } };
}

/** A bug of ours is the end of the task, not of the platform, and the definition may catch it. */
export function newsOfBug(errand: Errand, bug: unknown): News | undefined {
  const cause = `The platform failed to carry this out, by a fault of its own: ${bug instanceof Error ? bug.message : String(bug)}`;
  const error = 'States.Runtime';
  switch (errand.kind) {
    case 'task':
      return { kind: 'input', input: { kind: 'task-failed', taskId: errand.command.taskId, error, cause } };
    case 'watch':
      return { kind: 'input', input: { kind: 'task-failed', taskId: errand.taskId, error, cause } };
    case 'read':
      return { kind: 'input', input: { kind: 'items-failed', readId: errand.command.readId, cause } };
    case 'map-run':
      return { kind: 'input', input: { kind: 'map-run-failed', mapRunId: errand.command.mapRunId, error, cause } };
    case 'callback':
    case 'queued':
    case 'child':
    case 'map':
      return undefined;
    default:
      return errand satisfies never;
  }
}

/** Rejects where the store fails; it is done again then. */
export async function doChore({ mapRuns, siblings }: Carriers, live: LiveExecution, chore: Chore): Promise<void> {
  switch (chore.kind) {
    case 'stop-child':
      return siblings.stop(live, chore.executionArn);
    case 'cancel-map-run':
      return mapRuns.cancel(chore.mapRunId);
    case 'tell-parents':
      return siblings.tellParents(live);
    default:
      return chore satisfies never;
  }
}
