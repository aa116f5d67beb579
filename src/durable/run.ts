// One invocation of a durable function, as the platform sees it from its beginning to its end: which checkpoints are its, and what it was told.

import type { Operation } from '@aws-sdk/client-lambda';
import type { Random, RequestId } from '#kernel';

export interface Run {
  readonly requestId: RequestId;
  /** Unguessable, and another for each run: a checkpoint of an earlier run is none of this one's. */
  readonly secret: string;
  readonly startedAtMs: number;
  /** Checkpoints that it has made. */
  checkpoints: number;
  /** Operations that changed since it was last told of them. */
  readonly changed: Set<string>;
  /** The last checkpoint, for a client that did not hear the answer and asks again. */
  last: { readonly token: string; readonly clientToken: string; readonly answer: CheckpointAnswer } | undefined;
  /** A step of its could not be written: it has to begin anew. */
  isVoid: boolean;
}

export interface CheckpointAnswer {
  readonly checkpointToken: string | undefined;
  readonly operations: readonly Operation[];
}

export function newRun(random: Random, nowMs: number): Run {
  return {
    requestId: random.uuid() as RequestId,
    secret: Buffer.from(random.bytes(24)).toString('base64url'),
    startedAtMs: nowMs,
    checkpoints: 0,
    changed: new Set(),
    last: undefined,
    isVoid: false,
  };
}

/** The token of its next checkpoint, which that checkpoint consumes. */
export const tokenOf = ({ secret, checkpoints }: Run) => Buffer.from(`${secret}/${checkpoints}`).toString('base64');
