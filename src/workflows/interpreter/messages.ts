// What the interpreter is told, and what it asks for. Both are plain JSON, so that a journal can keep them.

import type { Json, JsonObject } from '../expressions/json.ts';
import type { TaskResource } from '../definition/task-resource.ts';

/** What happened outside. Ids that are not waited for (any more) are ignored, so that an input may come twice. */
export type Input =
  | { readonly kind: 'start' }
  | { readonly kind: 'task-started'; readonly taskId: string; readonly workerName?: string }
  /** The request was taken (`.sync`, `.waitForTaskToken`): from here on its end, or its callback, is waited for. */
  | { readonly kind: 'task-submitted'; readonly taskId: string; readonly output: Json }
  | { readonly kind: 'task-succeeded'; readonly taskId: string; readonly output: Json }
  | {
      readonly kind: 'task-failed';
      readonly taskId: string;
      readonly error?: string;
      readonly cause?: string;
      readonly stage?: 'schedule' | 'start' | 'submit';
    }
  | { readonly kind: 'task-heartbeat'; readonly taskId: string }
  | { readonly kind: 'timer'; readonly timerId: string }
  | { readonly kind: 'items-read'; readonly readId: string; readonly items: readonly Json[]; readonly origin?: ItemOrigin }
  | { readonly kind: 'items-failed'; readonly readId: string; readonly cause: string }
  /** `output` is the array of the children's outputs, or what the result writer answered. */
  | { readonly kind: 'map-run-succeeded'; readonly mapRunId: string; readonly output: Json }
  | { readonly kind: 'map-run-failed'; readonly mapRunId: string; readonly error: string; readonly cause: string }
  | { readonly kind: 'stop'; readonly error?: string; readonly cause?: string }
  /** Continues an execution that has failed, was stopped or timed out; passed over by any other (see `refusalOfRedrive`). */
  | { readonly kind: 'redrive' };

/** What is to be done. The runner does it when the step that asked for it is on the disk. */
export type Command =
  | {
      readonly kind: 'start-task';
      readonly taskId: string;
      /** What `$$.Task.Token` was; a callback names it. */
      readonly token: string;
      readonly resource: TaskResource;
      readonly input: Json;
      readonly credentials: JsonObject | undefined;
      readonly timeoutSeconds: number | undefined;
      readonly heartbeatSeconds: number | undefined;
    }
  | { readonly kind: 'cancel-task'; readonly taskId: string }
  | { readonly kind: 'start-timer'; readonly timerId: string; readonly dueMs: number }
  | { readonly kind: 'cancel-timer'; readonly timerId: string }
  | {
      readonly kind: 'read-items';
      readonly readId: string;
      readonly resource: string;
      readonly config: JsonObject;
      readonly parameters: Json;
    }
  | { readonly kind: 'cancel-read'; readonly readId: string }
  | {
      readonly kind: 'start-map-run';
      readonly mapRunId: string;
      /** Where in the definition the flow of its children stands. */
      readonly flowPath: string;
      readonly label: string;
      readonly executionType: 'STANDARD' | 'EXPRESS';
      /** One input for each child, selected and batched. */
      readonly inputs: readonly Json[];
      readonly itemCount: number;
      readonly maxConcurrency: number;
      readonly toleratedFailureCount: number | undefined;
      readonly toleratedFailurePercentage: number | undefined;
      readonly resultWriter:
        | { readonly resource: string | undefined; readonly config: JsonObject; readonly parameters: Json }
        | undefined;
    }
  | { readonly kind: 'cancel-map-run'; readonly mapRunId: string }
  /** A run that failed or was cancelled goes on with its children that did not succeed. Its end is told as before. */
  | { readonly kind: 'redrive-map-run'; readonly mapRunId: string; readonly redriveCount: number }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

/** Where items were read: `$$.Map.Item.Source` of each, and `$$.Map.Item.Key` where they were the members of an object. */
export type ItemOrigin = {
  /** Runs of items that follow one another, together as many as there are items. */
  readonly sources: readonly { readonly uri: string; readonly items: number }[];
  readonly keys: readonly string[] | undefined;
};

export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; readonly error: string | undefined; readonly cause: string | undefined };
