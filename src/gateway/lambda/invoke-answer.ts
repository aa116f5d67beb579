// How an attempt that brought no answer is told to a caller of Lambda's API.

import { ApiError } from '#kernel';
import type { AttemptResult } from '#invocation';

const LOOP =
  'The function was invoked in a recursive loop with other resources, and has been stopped. Allow the loop with PutFunctionRecursionConfig if it is meant.';

/**
 * A launch that failed is the platform's fault and may succeed a moment later, so it is a ServiceException, which SDKs retry: three
 * times in all, within a second. It was tried twice before it came to this.
 */
export function refusalOf(result: Exclude<AttemptResult, { kind: 'answered' }>): ApiError {
  switch (result.kind) {
    case 'throttled':
      return new ApiError('TooManyRequestsException', 'Rate Exceeded.', { fields: { Reason: result.reason, Type: 'User' } });
    case 'recursive':
      return new ApiError('RecursiveInvocationException', LOOP, { fields: { Type: 'User' } });
    case 'failed':
      return new ApiError(
        'ServiceException',
        'No sandbox could be started for the function. The platform’s log says why, and `mayfly doctor` checks the machine.',
        { cause: result.cause, fields: { Type: 'Service' } },
      );
    case 'closed':
      return new ApiError('ServiceException', 'The platform is shutting down. Send the invocation again.', {
        status: 503,
        fields: { Type: 'Service' },
        headers: { 'retry-after': '1' },
      });
    default:
      return result satisfies never;
  }
}
