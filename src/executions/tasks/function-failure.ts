// How an invocation that brought no result fails its task. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

import { ApiError, ERROR_CODES } from '#kernel';
import type { RequestId } from '#kernel';
import type { AttemptResult } from '#invocation';
import { StoreFailure } from '#store';
import { findError, loadService } from '#wire';
import { failed } from './task-failure.ts';
import type { Failed } from './task-failure.ts';
import { optimisedCause } from './service-error.ts';
import type { ClientName } from './service-error.ts';

const LAMBDA: ClientName = { prefix: 'Lambda', service: 'AWSLambda', exception: 'AWSLambdaException' };

const LOOP = 'The function was invoked in a recursive loop with other resources, and has been stopped.';
const NO_SANDBOX =
  'No sandbox could be started for the function. The platform’s log says why, and `mayfly doctor` checks the machine.';
const NO_STORE = 'The platform cannot save or read anything now. Please try again; its log says why.';

/**
 * The function's own error is the task's: its type is the name, and its document the cause. Timeouts and processes that died have a document that
 * Lambda wrote (`Sandbox.Timedout`, `Runtime.ExitError`).
 */
export function functionFailure(payload: Uint8Array): Failed {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  const type = errorTypeIn(text);
  if (type !== undefined) return failed(type, text);
  return failed(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${text}`,
  );
}

function errorTypeIn(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const type = typeof document === 'object' && document !== null && 'errorType' in document ? document.errorType : undefined;
    return typeof type === 'string' && type !== '' ? type : undefined;
  } catch {
    return undefined; // A custom runtime may say anything; it is shown as it came.
  }
}

type Refused = Exclude<AttemptResult, { kind: 'answered' }>;

/** The function did not run. */
export function refusal(result: Refused, requestId: RequestId): Failed | { readonly kind: 'interrupted' } {
  switch (result.kind) {
    case 'throttled':
      return apiFailure(new ApiError('TooManyRequestsException', 'Rate Exceeded.'), requestId);
    case 'recursive':
      return apiFailure(new ApiError('RecursiveInvocationException', LOOP), requestId);
    case 'failed':
      return apiFailure(new ApiError('ServiceException', NO_SANDBOX), requestId);
    case 'closed':
      return { kind: 'interrupted' };
    default:
      return result satisfies never;
  }
}

/** For what the registry throws: there is no such function, it is not ready, it belongs to another account. Whatever else is thrown is a bug. */
export function apiFailure(error: unknown, requestId: RequestId): Failed {
  if (error instanceof StoreFailure) return apiFailure(new ApiError('ServiceException', NO_STORE, { cause: error }), requestId);
  if (!(error instanceof ApiError)) throw error;
  const { code, message } = error;
  const modelled = findError(loadService('lambda'), code);
  const status = error.status ?? modelled?.status ?? ERROR_CODES[code].status;
  return failed(
    `${LAMBDA.prefix}.${modelled?.shape.name ?? LAMBDA.exception}`,
    optimisedCause({ message, status, code }, LAMBDA, requestId),
  );
}
