// What became of one attempt to hand an entry to its target, and how errors of the rooms read as one.

import type { ApiError } from '#kernel';
import { ERROR_CODES } from '#kernel';
import type { NewDelivery } from '#store';

export type Outcome =
  /** What follows (an invocation, say) is accepted in the step that settles the entry, unless the target has settled it already. */
  | { readonly kind: 'delivered'; readonly followUps?: readonly NewDelivery[]; readonly isSettled?: boolean }
  /** Trying again would change nothing. */
  | ({ readonly kind: 'refused' } & Failure)
  | ({ readonly kind: 'failed'; readonly retryAfterMs?: number | undefined } & Failure)
  /** Not tried: the destination takes no more for now, or the platform goes down. */
  | { readonly kind: 'later'; readonly atMs: number };

export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** The target's own word for it, as its API would answer: `ResourceNotFoundException`. */
  readonly apiCode?: string;
}

/** EventBridge's words. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html#eb-rule-dlq */
export type FailureCode =
  | 'CONNECTION_FAILURE'
  | 'ERROR_FROM_TARGET'
  | 'INTERNAL_ERROR'
  | 'INVALID_PARAMETER'
  | 'NO_PERMISSIONS'
  | 'NO_RESOURCE'
  | 'SDK_CLIENT_ERROR'
  | 'THROTTLING'
  | 'TIMEOUT';

export const DELIVERED: Outcome = { kind: 'delivered' };

/**
 * A target that is not there or does not let us in is refused at once, as AWS does: nothing changes until somebody acts.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export function outcomeOf(error: ApiError): Outcome {
  const outcome = outcomeOfCode(error.code, error.message);
  const isOurs = ERROR_CODES[error.code].fault === 'server' && 'code' in outcome && outcome.code === 'SDK_CLIENT_ERROR';
  return isOurs ? { kind: 'failed', code: 'INTERNAL_ERROR', message: error.message, apiCode: error.code } : outcome;
}

export function outcomeOfCode(apiCode: string, message: string): Outcome {
  const failure = { message, apiCode };
  if (/NotFound|NonExistent|DoesNotExist|^NoSuch|Deleting$/.test(apiCode))
    return { kind: 'refused', code: 'NO_RESOURCE', ...failure };
  if (/AccessDenied|^Authorization|Forbidden/.test(apiCode)) return { kind: 'refused', code: 'NO_PERMISSIONS', ...failure };
  if (/Throttl|TooManyRequests|OverLimit|RequestLimit|ExecutionLimit/.test(apiCode))
    return { kind: 'failed', code: 'THROTTLING', ...failure };
  // A function that is still being made, say.
  if (/Conflict|NotReady/.test(apiCode)) return { kind: 'failed', code: 'ERROR_FROM_TARGET', ...failure };
  return { kind: 'refused', code: 'SDK_CLIENT_ERROR', ...failure };
}
