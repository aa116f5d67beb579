// What every handler of EventBridge Pipes starts from.

import type { Scope } from '#kernel';
import { pipeArn, pipeStateOf } from '#sources';
import type { PipeRecord, Pipes } from '#sources';
import type { Handler, ServiceHandlers } from '../operation.ts';

type PipesService = typeof import('@aws-sdk/client-pipes');

export type PipesHandlers = ServiceHandlers<PipesService>;

export interface PipesRooms {
  readonly pipes: Pipes;
  /** What went wrong with the last batch of a pipe; undefined where nothing did. */
  readonly pipeProblem: (scope: Scope, name: string) => string | undefined;
}

/** One operation, given the rooms that it calls. */
export type PipesHandler<Name extends keyof PipesHandlers> = (rooms: PipesRooms) => Handler<PipesService, Name>;

/** What each operation that changes a pipe answers with, and the beginning of what describes one. */
export function pipeSummary(scope: Scope, record: PipeRecord) {
  const { name, desired, createdAtMs, modifiedAtMs, transition } = record;
  return {
    Arn: pipeArn(scope, name),
    Name: name,
    // https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DeletePipe.html#API_DeletePipe_ResponseSyntax
    DesiredState: transition === 'DELETING' ? ('DELETED' as const) : desired,
    CurrentState: pipeStateOf(record),
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(modifiedAtMs),
  };
}

/** The same for the operations whose answer cannot say DELETED. */
export function changedPipe(scope: Scope, record: PipeRecord) {
  return { ...pipeSummary(scope, record), DesiredState: record.desired };
}
