// What becomes of an event after an attempt: done, again later, or given up. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

import type { EventInvokeSettings } from '#registry';

/** Why an event was given up; the first three are Lambda's own words. */
export type DropReason =
  | 'RetriesExhausted'
  | 'EventAgeExceeded'
  | 'ZeroReservedConcurrency'
  | 'RecursiveInvocation'
  | 'FunctionNotFound'
  | 'MalformedTarget'
  | 'TenantMismatch';

export type Verdict =
  | { readonly kind: 'done' }
  /** Somebody else runs it from now on, and knows what follows from its end. */
  | { readonly kind: 'handedOver' }
  | { readonly kind: 'again'; readonly dueAtMs: number; readonly countAttempt: boolean }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

/** `ran`: the function answered, well or badly. `notRun`: it had no chance to (throttled, no instance, not ready, shutting down). */
export type EventResult =
  | { readonly kind: 'ran'; readonly succeeded: boolean }
  | { readonly kind: 'handedOver' }
  | { readonly kind: 'notRun' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'impossible'; readonly reason: DropReason };

export interface EventState {
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly acceptedAtMs: number;
  readonly nowMs: number;
  readonly settings: EventInvokeSettings;
}

/** Lambda waits one minute after the first failure and two after the second. */
const RETRY_DELAYS_MS = [60_000, 120_000] as const;
const BACK_OFF_LEAST_MS = 1000;
const BACK_OFF_MOST_MS = 300_000;

export function verdictOf(result: EventResult, state: EventState): Verdict {
  switch (result.kind) {
    case 'ran':
      return result.succeeded ? { kind: 'done' } : afterFailure(state);
    case 'handedOver':
      return result;
    case 'notRun':
      return again(state, backOffMs(state), false);
    case 'interrupted':
      return { kind: 'again', dueAtMs: state.nowMs, countAttempt: false };
    case 'impossible':
      return { kind: 'dropped', reason: result.reason };
    default:
      return result satisfies never;
  }
}

export function tooOld({ acceptedAtMs, nowMs, settings }: Pick<EventState, 'acceptedAtMs' | 'nowMs' | 'settings'>): boolean {
  return nowMs - acceptedAtMs >= settings.maximumEventAgeSeconds * 1000;
}

/** More attempts than allowed can have begun, where the platform was killed under them; each event is still run to an end once. */
function afterFailure(state: EventState): Verdict {
  if (state.attempt > state.settings.maximumRetryAttempts) return { kind: 'dropped', reason: 'RetriesExhausted' };
  return again(state, RETRY_DELAYS_MS[Math.min(state.attempt, RETRY_DELAYS_MS.length) - 1] ?? 0, true);
}

/** An event that would be too old by then is given up now. */
function again(state: EventState, delayMs: number, countAttempt: boolean): Verdict {
  const dueAtMs = state.nowMs + delayMs;
  if (tooOld({ ...state, nowMs: dueAtMs })) return { kind: 'dropped', reason: 'EventAgeExceeded' };
  return { kind: 'again', dueAtMs, countAttempt };
}

/** One second, doubling to five minutes: as long again as the event is old, so nothing has to be remembered between attempts. */
function backOffMs({ acceptedAtMs, nowMs }: EventState): number {
  return Math.min(BACK_OFF_MOST_MS, Math.max(BACK_OFF_LEAST_MS, nowMs - acceptedAtMs));
}
