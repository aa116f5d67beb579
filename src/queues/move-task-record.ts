// A redrive as it is written down: where from, where to, how fast, how far. Its handle says which one it is, as AWS's does.

import type { Scope } from '#kernel';
import type { Json, ResourceKey } from '#store';
import { parseQueueArn } from './queue-names.ts';

export type MoveTaskStatus = 'RUNNING' | 'CANCELLING' | 'CANCELLED' | 'COMPLETED' | 'FAILED';

export interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  /** Undefined: each message to the queue that it came from. */
  readonly destinationArn: string | undefined;
  /** Undefined: as fast as it goes. */
  readonly perSecond: number | undefined;
  readonly status: MoveTaskStatus;
  readonly moved: number;
  readonly toMove: number;
  readonly startedAtMs: number;
  readonly failureReason: string | undefined;
}

export const MOVE_TASK = 'message-move-task';

/** The latest of a queue comes first. */
export function moveTaskKey(scope: Scope, { sourceArn, startedAtMs, id }: MoveTask): ResourceKey {
  const age = String(Number.MAX_SAFE_INTEGER - startedAtMs).padStart(16, '0');
  return { scope, kind: MOVE_TASK, name: `${moveTaskPrefix(sourceArn)}${age}/${id}` };
}

export function moveTaskPrefix(sourceArn: string): string {
  return `${parseQueueArn(sourceArn)?.name ?? ''}/`;
}

/** JSON leaves out what is undefined. */
export function bodyOfTask(task: MoveTask): Json {
  return task as unknown as Json;
}

export function taskOfBody(body: Json): MoveTask {
  // Written by `bodyOfTask` alone.
  return body as unknown as MoveTask;
}

export function taskHandle({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');
}

export function parseTaskHandle(handle: string): { readonly id: string; readonly sourceArn: string } | undefined {
  try {
    const value = JSON.parse(Buffer.from(handle, 'base64').toString()) as Readonly<Record<string, unknown>> | null;
    const [id, sourceArn] = [value?.['taskId'], value?.['sourceArn']];
    return typeof id === 'string' && typeof sourceArn === 'string' ? { id, sourceArn } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
