// What becomes of an entry after an attempt: done, again later, or over. Pure, but for the jitter that it is handed.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html

import type { BackOff, RetryPolicy } from '#outbox';
import type { NewDelivery } from '#store';
import type { Failure, Outcome } from './outcome.ts';

/** Which of the two bounds was met: EventBridge's and Scheduler's words. */
export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

export type Verdict =
  | { readonly kind: 'done'; readonly followUps: readonly NewDelivery[]; readonly isSettled: boolean }
  | { readonly kind: 'again'; readonly dueAtMs: number; readonly countAttempt: boolean; readonly failure?: Failure }
  | { readonly kind: 'over'; readonly failure: Failure; readonly exhausted?: Exhausted };

export interface AttemptState {
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly acceptedAtMs: number;
  readonly nowMs: number;
  readonly retry: RetryPolicy;
  /** From [0, 1). */
  readonly fraction: number;
}

/** What a server may ask for; a day would be the whole life of most entries. */
const RETRY_AFTER_MOST_MS = 3_600_000;

export function verdictOf(outcome: Outcome, state: AttemptState): Verdict {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'done', followUps: outcome.followUps ?? [], isSettled: outcome.isSettled ?? false };
    case 'later':
      return { kind: 'again', dueAtMs: outcome.atMs, countAttempt: false };
    case 'refused':
      return { kind: 'over', failure: outcome };
    case 'failed':
      return afterFailure(outcome, outcome.retryAfterMs ?? 0, state);
    default:
      return outcome satisfies never;
  }
}

export function tooOld({ acceptedAtMs, nowMs, retry }: Pick<AttemptState, 'acceptedAtMs' | 'nowMs' | 'retry'>): boolean {
  return nowMs - acceptedAtMs >= retry.maximumAgeSeconds * 1000;
}

/** An entry that would be too old by then is over now. */
function afterFailure(failure: Failure, retryAfterMs: number, state: AttemptState): Verdict {
  const { attempt, nowMs, retry, fraction } = state;
  if (attempt > retry.maximumRetries) return { kind: 'over', failure, exhausted: 'MaximumRetryAttempts' };
  const delayMs = Math.max(delayOf(retry.backOff, attempt, fraction), Math.min(retryAfterMs, RETRY_AFTER_MOST_MS));
  const dueAtMs = nowMs + delayMs;
  if (tooOld({ ...state, nowMs: dueAtMs })) return { kind: 'over', failure, exhausted: 'MaximumEventAgeInSeconds' };
  return { kind: 'again', dueAtMs, countAttempt: true, failure };
}

/** Before the retry that follows attempt number `attempt`. Half of an exponential delay is certain, and half is drawn. */
function delayOf(backOff: BackOff, attempt: number, fraction: number): number {
  switch (backOff.kind) {
    case 'exponential': {
      // Past 2^30 the most is reached for any least.
      const delayMs = Math.min(backOff.mostMs, backOff.leastMs * 2 ** Math.min(attempt - 1, 30));
      return Math.round((delayMs / 2) * (1 + fraction));
    }
    case 'stages':
      return backOff.delaysMs[Math.min(attempt, backOff.delaysMs.length) - 1] ?? 0;
    default:
      return backOff satisfies never;
  }
}
