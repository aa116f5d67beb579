// Events of an execution's history: as its journal keeps them, and as the API shows them.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html

import type { ErrorObject, Event, EventType } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import type { StoredOperation } from './records.ts';

type Subject = Pick<StoredOperation, 'id' | 'name' | 'parentId' | 'subType'>;

/** One line of a journal's entries. Its id is its place. */
export interface KeptEvent {
  readonly type: EventType;
  readonly atMs: number;
  readonly of?: Partial<Subject> | undefined;
  /** What the event says beside payloads, by the API's names; times are epoch milliseconds. */
  readonly details?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly retry?: { readonly CurrentAttempt: number; readonly NextAttemptDelaySeconds?: number | undefined } | undefined;
  readonly input?: KeptText | undefined;
  readonly result?: KeptText | undefined;
  readonly error?: KeptError | undefined;
}

interface KeptText {
  readonly text?: string | undefined;
  readonly isCut?: true;
}

interface KeptError {
  readonly error?: ErrorObject | undefined;
  readonly isCut?: true;
}

/** Payloads are in the history a second time, so long ones are cut there. */
export function keptText(text: string | undefined): KeptText {
  if (text === undefined || text.length <= LIMITS.durableEventPayloadBytes) return { text };
  return { text: text.slice(0, LIMITS.durableEventPayloadBytes), isCut: true };
}

export function keptError(error: ErrorObject | undefined): KeptError {
  if (error === undefined || JSON.stringify(error).length <= LIMITS.durableErrorBytes) return { error };
  const { ErrorType, ErrorMessage } = error;
  return { error: { ErrorType, ErrorMessage: ErrorMessage?.slice(0, LIMITS.durableErrorBytes / 2) }, isCut: true };
}

const TIMES = new Set(['ScheduledEndTimestamp', 'StartTimestamp', 'EndTimestamp']);

export function shownEvent(kept: KeptEvent, eventId: number, includesData: boolean): Event {
  const { type, atMs, of } = kept;
  return {
    EventType: type,
    EventId: eventId,
    EventTimestamp: new Date(atMs),
    Id: of?.id,
    Name: of?.name,
    ParentId: of?.parentId,
    SubType: of?.subType,
    [`${type}Details`]: detailsOf(kept, includesData),
  };
}

function detailsOf({ details = {}, retry, input, result, error }: KeptEvent, includesData: boolean) {
  const shown = Object.entries(details).map(([name, value]) => [
    name,
    TIMES.has(name) && typeof value === 'number' ? new Date(value) : value,
  ]);
  return {
    ...Object.fromEntries(shown),
    ...(retry && { RetryDetails: retry }),
    ...(input && { Input: textOf(input, includesData) }),
    ...(result && { Result: textOf(result, includesData) }),
    ...(error && { Error: errorOf(error, includesData) }),
  };
}

function textOf({ text, isCut }: KeptText, includesData: boolean) {
  return includesData ? { Payload: text, Truncated: isCut === true } : {};
}

function errorOf({ error, isCut }: KeptError, includesData: boolean) {
  return includesData ? { Payload: error, Truncated: isCut === true } : {};
}
