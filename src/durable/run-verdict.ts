// What an invocation of a durable function has brought: the end, a pause, or nothing, and why. Pure.

import type { ErrorObject } from '@aws-sdk/client-lambda';
import { ApiError } from '#kernel';
import type { AttemptResult } from '#invocation';
import type { ExecutionEnd } from './records.ts';

export type RunVerdict =
  | { readonly kind: 'ended'; readonly end: ExecutionEnd }
  /** It waits for something. */
  | { readonly kind: 'pending' }
  /** The function failed, as it may: it is run again, so and so often. */
  | { readonly kind: 'failed'; readonly error: ErrorObject }
  /** It had no chance to run: it is run again, as long as the execution may take. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The platform goes down; whoever comes after it runs it again. */
  | { readonly kind: 'closed' };

const NOT_WRAPPED =
  'The function did not answer as a durable function does. Wrap its handler with withDurableExecution of the durable execution SDK.';

export function verdictOf(result: AttemptResult): RunVerdict {
  switch (result.kind) {
    case 'answered': {
      const { functionError, payload } = result.answer;
      return functionError === undefined ? statusOf(payload) : { kind: 'failed', error: thrownIn(payload) };
    }
    case 'throttled':
      return { kind: 'refused', reason: result.reason };
    case 'failed':
      return { kind: 'refused', reason: 'no instance could be started' };
    case 'recursive':
      return ended(
        'RecursiveInvocationException',
        'The function was invoked in a recursive loop with other resources, and has been stopped.',
      );
    case 'closed':
      return { kind: 'closed' };
    default:
      return result satisfies never;
  }
}

/** A function that is gone never comes back; one that is not ready will be. */
export function verdictOfError(error: unknown): RunVerdict {
  if (!(error instanceof ApiError)) return { kind: 'refused', reason: String(error) };
  if (error.code === 'ResourceNotFoundException' || error.code === 'InvalidParameterValueException')
    return ended(error.code, error.message);
  return { kind: 'refused', reason: error.message };
}

function statusOf(payload: Uint8Array): RunVerdict {
  const answer = objectIn(payload);
  switch (answer?.['Status']) {
    case 'SUCCEEDED':
      return { kind: 'ended', end: { status: 'SUCCEEDED', result: text(answer['Result']) } };
    case 'FAILED':
      return { kind: 'ended', end: { status: 'FAILED', error: errorIn(answer['Error']) } };
    case 'PENDING':
      return { kind: 'pending' };
    default:
      // It would answer so each time.
      return ended('InvalidParameterValueException', NOT_WRAPPED);
  }
}

const ended = (ErrorType: string, ErrorMessage: string): RunVerdict => ({
  kind: 'ended',
  end: { status: 'FAILED', error: { ErrorType, ErrorMessage } },
});

/** What an ordinary function's error document says, in the words of durable executions. */
export function thrownIn(payload: Uint8Array): ErrorObject {
  const document = objectIn(payload) ?? {};
  const trace = document['trace'] ?? document['stackTrace'];
  return {
    ErrorType: text(document['errorType']),
    ErrorMessage: text(document['errorMessage']) ?? Buffer.from(payload).toString().slice(0, 1000),
    ErrorData: text(document['errorData']),
    StackTrace: textsOf(trace),
  };
}

function errorIn(value: unknown): ErrorObject {
  const error = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return {
    ErrorType: text(error['ErrorType']),
    ErrorMessage: text(error['ErrorMessage']),
    ErrorData: text(error['ErrorData']),
    StackTrace: textsOf(error['StackTrace']),
  };
}

function objectIn(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined; // A runtime of the function's own may answer with anything.
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((line) => typeof line === 'string').slice(0, 100) : undefined;
}
