// PutEvents, TestEventPattern. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

import { checkPattern } from '#buses';
import { ApiError } from '#kernel';
import { compilePattern } from '#patterns';
import { refuse, type EventBridgeHandler } from './operation.ts';

export const putEvents: EventBridgeHandler<'PutEvents'> =
  ({ buses }) =>
  async ({ Entries, EndpointId }, { scope }) => {
    if (EndpointId !== undefined) throw refuse('EndpointId', 'there are no global endpoints here.');
    const outcomes = await buses.putEvents(
      scope,
      Entries.map(({ Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader }) => ({
        bus: EventBusName,
        source: Source,
        detailType: DetailType,
        detail: Detail,
        resources: Resources,
        timeMs: Time?.getTime(),
        traceHeader: TraceHeader,
      })),
    );
    return {
      FailedEntryCount: outcomes.filter(({ kind }) => kind === 'refused').length,
      Entries: outcomes.map((outcome) =>
        outcome.kind === 'accepted' ? { EventId: outcome.eventId } : { ErrorCode: outcome.code, ErrorMessage: outcome.message },
      ),
    };
  };

/** What AWS asks of an event that is tested. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'detail-type'] as const;

export const testEventPattern: EventBridgeHandler<'TestEventPattern'> =
  () =>
  async ({ EventPattern, Event }) => {
    checkPattern(EventPattern);
    const event = parseEvent(Event);
    return { Result: compilePattern(EventPattern)(event) };
  };

function parseEvent(text: string): object {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw invalidEvent(cause);
    throw cause;
  }
  if (typeof event !== 'object' || event === null || REQUIRED.some((name) => !Object.hasOwn(event, name))) throw invalidEvent();
  return event;
}

function invalidEvent(cause?: unknown): ApiError {
  return new ApiError('ValidationException', 'Parameter Event is not valid.', { status: 400, cause });
}
