// What becomes of an execution when timers of its are due: waits that are over, steps that are ready again, callbacks that nobody answered. Pure.

import type { ErrorObject } from '@aws-sdk/client-lambda';
import type { Draft } from './draft.ts';
import { keptError } from './history-events.ts';
import { timerOf } from './records.ts';
import type { CallbackOperation, TimerKind } from './records.ts';

export interface TimedChanges {
  /** Operations whose function would like to know. */
  readonly changed: readonly string[];
  readonly isTimedOut: boolean;
}

/** Of these timers, those that are still set and due. */
export function applyTimers(draft: Draft, ids: readonly string[]): TimedChanges {
  const { execution, nowMs } = draft;
  const changed: string[] = [];
  const due = ids.filter((id) => (execution.timers.get(id) ?? Infinity) <= nowMs).map(timerOf);
  if (due.some(({ kind }) => kind === 'execution')) return { changed, isTimedOut: true };
  for (const { kind, operationId } of due) if (ring(draft, kind, operationId)) changed.push(operationId);
  return { changed, isTimedOut: false };
}

function ring(draft: Draft, kind: TimerKind, operationId: string): boolean {
  draft.timer(kind, operationId, undefined);
  const operation = draft.operation(operationId);
  switch (kind) {
    case 'run':
      draft.head = { ...draft.head, phase: 'due' };
      return false;
    case 'invoke':
      draft.head = { ...draft.head, invoking: [...draft.head.invoking, operationId] };
      return false;
    case 'wait':
      if (operation?.type !== 'WAIT' || operation.status !== 'STARTED') return false;
      draft.put({ ...operation, status: 'SUCCEEDED', endedAtMs: draft.nowMs });
      draft.event('WaitSucceeded', { of: operation, details: { Duration: operation.seconds } });
      return true;
    case 'step':
      if (operation?.type !== 'STEP' || operation.status !== 'PENDING') return false;
      draft.put({ ...operation, status: 'READY', nextAttemptAtMs: undefined });
      return true;
    case 'callback':
    case 'heartbeat':
      if (operation?.type !== 'CALLBACK' || operation.status !== 'STARTED') return false;
      timeOut(draft, operation, kind);
      return true;
    case 'execution':
      return false;
    default:
      return kind satisfies never;
  }
}

function timeOut(draft: Draft, callback: CallbackOperation, kind: 'callback' | 'heartbeat'): void {
  const error: ErrorObject = {
    ErrorType: kind === 'callback' ? 'Callback.Timeout' : 'Callback.Heartbeat',
    ErrorMessage: kind === 'callback' ? 'Callback timed out' : 'Callback timed out on heartbeat',
  };
  draft.put({ ...callback, status: 'TIMED_OUT', error, endedAtMs: draft.nowMs });
  draft.timer('callback', callback.id, undefined);
  draft.timer('heartbeat', callback.id, undefined);
  draft.event('CallbackTimedOut', { of: callback, error: keptError(error) });
}
