// What the runner of executions wants of whoever carries a task out, and what it is told.

import type { Scope } from '#kernel';
import type { Command, ExecutionFacts, Json } from '#workflows';

export type StartedTask = {
  readonly scope: Scope;
  readonly facts: ExecutionFacts;
  readonly command: Extract<Command, { kind: 'start-task' }>;
  /** Aborts when the state has timed out, was abandoned, or the platform goes down. */
  readonly signal: AbortSignal;
};

/** How a task stands when whoever carries it out has nothing more to do for it. It may have been begun before (a crash): `command.taskId` is the same then. */
export type TaskEnd =
  | { readonly kind: 'succeeded'; readonly output: Json }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly cause: string;
      readonly stage?: 'schedule' | 'start' | 'submit';
    }
  /** The request was taken; `.waitForTaskToken` waits for whoever has the token, `.sync` for the end of another execution. */
  | {
      readonly kind: 'submitted';
      readonly output: Json;
      readonly waitsFor: { readonly kind: 'callback' } | { readonly kind: 'execution'; readonly arn: string };
    }
  /** It was cut off by the platform's end: it is begun again by the next process. */
  | { readonly kind: 'interrupted' };

export interface TaskPort {
  /** Never rejects but for a bug: what goes wrong outside is the task's failure. Activities are not carried out here: they wait in the journal's queue. */
  run(task: StartedTask): Promise<TaskEnd>;
}
