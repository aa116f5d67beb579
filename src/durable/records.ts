// What a durable execution is in the store: a journal of the kind `durable`, whose records these are.

import type { ErrorObject, OperationStatus } from '@aws-sdk/client-lambda';
import type { FunctionName, FunctionVersion, RequestId } from '#kernel';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

/** Who began it, and shall know of its end. */
export type Origin =
  /** Whoever called waits, if they still do. */
  | { readonly kind: 'call' }
  /** Nobody waits; what its function's settings say shall follow. */
  | { readonly kind: 'event' }
  /** An operation of another execution. */
  | { readonly kind: 'chained'; readonly journal: number; readonly operationId: string };

/** The journal's attributes: said at the start, and never changed. */
export interface ExecutionFacts {
  /** The last part of its ARN, and the id of the operation EXECUTION. */
  readonly executionId: string;
  readonly functionName: FunctionName;
  /** The version that it runs on, to its end. `$LATEST` is what that is at each run. */
  readonly version: FunctionVersion;
  /** As the caller named it. */
  readonly invokedArn: string;
  readonly executionTimeoutSeconds: number;
  readonly retentionDays: number;
  /** Of the call that began it. */
  readonly requestId: RequestId;
  /** SHA-256 of the payload: whether a second start under the same name is the same start. */
  readonly payloadDigest: string;
  readonly traceHeader: string;
  readonly tenantId?: string | undefined;
  readonly clientContext?: string | undefined;
  readonly origin: Origin;
}

/** The journal's head: written with each step. */
export interface ExecutionHead {
  readonly nextEventId: number;
  /** So many operations were begun. */
  readonly operations: number;
  readonly writtenBytes: number;
  /**
   * `due`: a run of the function is owed to it, or under way. `waiting`: for a timer, a callback, or an execution that it invoked. `over`: it has
   * ended.
   */
  readonly phase: 'due' | 'waiting' | 'over';
  /** Runs that failed since an operation was last completed. */
  readonly failures: number;
  /** Runs in a row that found no instance. */
  readonly refusals: number;
  /** Operations that changed since a run was last told of all of them. */
  readonly updated: readonly string[];
  /** Invocations of other functions that its process has to carry out. */
  readonly invoking: readonly string[];
  /** It has ended, and whose operation it is has still to be told. */
  readonly tellsParent?: true;
}

interface OperationOf<Type extends string> {
  readonly type: Type;
  readonly id: string;
  readonly name?: string | undefined;
  readonly parentId?: string | undefined;
  readonly subType?: string | undefined;
  readonly status: OperationStatus;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  /** What it brought. */
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
}

export interface ContextOperation extends OperationOf<'CONTEXT'> {
  /** Its children are needed by a replay, since its result was too large to be written. */
  readonly replayChildren?: boolean | undefined;
}

export interface StepOperation extends OperationOf<'STEP'> {
  /** Attempts that have ended. */
  readonly attempt: number;
  readonly nextAttemptAtMs?: number | undefined;
}

export interface WaitOperation extends OperationOf<'WAIT'> {
  readonly seconds: number;
  readonly dueAtMs: number;
}

export interface CallbackOperation extends OperationOf<'CALLBACK'> {
  readonly callbackId: string;
  readonly timeoutSeconds?: number | undefined;
  readonly heartbeatSeconds?: number | undefined;
}

export interface InvokeOperation extends OperationOf<'CHAINED_INVOKE'> {
  readonly functionName: string;
  readonly tenantId?: string | undefined;
  /** JSON text; gone when it is over. */
  readonly payload?: string | undefined;
  /** How often there was no instance for it. */
  readonly refusals: number;
}

export type StoredOperation = ContextOperation | StepOperation | WaitOperation | CallbackOperation | InvokeOperation;

/** How it ended. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
}

/** Names of records: the payload, the end, and each operation under its number, so that their order is that in which they began. */
export const INPUT = 'input';
export const END = 'end';
export const OPERATION = 'o';
export const operationKey = (number: number) => `${OPERATION}${String(number).padStart(6, '0')}`;

/** Names of timers. */
export type TimerKind = 'execution' | 'run' | 'wait' | 'step' | 'callback' | 'heartbeat' | 'invoke';
export const timerId = (kind: TimerKind, operationId = '') => `${kind}/${operationId}`;
export function timerOf(id: string): { readonly kind: TimerKind; readonly operationId: string } {
  const slash = id.indexOf('/');
  return { kind: id.slice(0, slash) as TimerKind, operationId: id.slice(slash + 1) };
}

export function isOpen({ status }: Pick<StoredOperation, 'status'>): boolean {
  return status === 'STARTED' || status === 'PENDING' || status === 'READY';
}
