// What came back from a sandbox → what the caller gets and what the log says. Pure.
// The shapes are Lambda's of 2026: the error document of a timeout carries `Sandbox.Timedout`, as AWS's own emulator writes it.

import { LIMITS } from '#kernel';
import type { Ending } from '#sandbox';
import type { Trouble } from './report-lines.ts';

export interface Answer {
  /** X-Amz-Function-Error. Lambda's current runtimes never say `Handled`. */
  readonly functionError: 'Unhandled' | undefined;
  readonly payload: Uint8Array;
  /** What the platform adds to the function's log before END. */
  readonly logLine: string | undefined;
  readonly trouble: Trouble | undefined;
}

export interface AnswerContext {
  readonly requestId: string;
  /** When it ended. */
  readonly nowMs: number;
  /** The limit that a `timedOut` ran into: the function's timeout, or that of the init phase. */
  readonly timeoutMs: number;
}

export function answerOf(outcome: Ending, context: AnswerContext): Answer {
  switch (outcome.kind) {
    case 'returned':
      return { functionError: undefined, payload: outcome.payload, logLine: undefined, trouble: undefined };
    case 'threw':
      return { functionError: 'Unhandled', payload: outcome.payload, logLine: undefined, trouble: undefined };
    case 'timedOut':
      return timedOut(context);
    case 'outOfMemory':
      return exited('Runtime.OutOfMemory', 'signal: killed', context);
    case 'crashed':
      return exited('Runtime.ExitError', reasonOf(outcome), context);
    case 'tooLarge':
      return failed(
        'Function.ResponseSizeTooLarge',
        `Response payload size exceeded maximum allowed payload size (${limitOf(outcome.bytes)} bytes).`,
      );
    default:
      return outcome satisfies never;
  }
}

/** The error type inside an error document that a function made, as it may stand in a log line. */
export function errorTypeOf(payload: Uint8Array): string | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(payload).toString());
    const type = typeof document === 'object' && document !== null && 'errorType' in document ? document.errorType : undefined;
    return typeof type === 'string' ? type.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 128) : undefined;
  } catch {
    return undefined; // A function may answer with anything; a line without its type is all that is lost.
  }
}

/** Only a streamed response can come to more than a streamed one may have. */
function limitOf(bytes: number): number {
  return bytes > LIMITS.streamedResponseBytes ? LIMITS.streamedResponseBytes : LIMITS.responsePayloadBytes;
}

function timedOut({ requestId, nowMs, timeoutMs }: AnswerContext): Answer {
  const message = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return {
    functionError: 'Unhandled',
    payload: errorDocument('Sandbox.Timedout', `RequestId: ${requestId} Error: ${message}`),
    logLine: `${new Date(nowMs).toISOString()} ${requestId} ${message}`,
    trouble: { status: 'timeout', errorType: undefined },
  };
}

function exited(errorType: string, reason: string, { requestId }: AnswerContext): Answer {
  const message = `RequestId: ${requestId} Error: Runtime exited ${reason === '' ? 'without providing a reason' : `with error: ${reason}`}`;
  return { ...failed(errorType, message), logLine: `${message}\n${errorType}` };
}

function failed(errorType: string, errorMessage: string): Answer {
  return {
    functionError: 'Unhandled',
    payload: errorDocument(errorType, errorMessage),
    logLine: undefined,
    trouble: { status: 'error', errorType },
  };
}

function errorDocument(errorType: string, errorMessage: string): Uint8Array {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

/** Go's words for a process's end, since Lambda's supervisor is written in it. */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGSYS: 'bad system call',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
};

function reasonOf({ exitCode, signal }: Extract<Ending, { kind: 'crashed' }>): string {
  if (signal !== undefined) return `signal: ${SIGNALS[signal] ?? signal}`;
  return exitCode === undefined || exitCode === 0 ? '' : `exit status ${exitCode}`;
}
