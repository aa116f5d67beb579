// An event of a history as the wire has it. https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html

import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { HistoryEvent as RecordedEvent } from '#workflows';

/** The interpreter writes types and details by the names of AWS's shapes; recorded histories hold it to them. */
export function historyEvent({ id, previousEventId, timestampMs, type, details }: RecordedEvent): HistoryEvent {
  const event = { id, previousEventId, timestamp: new Date(timestampMs), type: type as HistoryEvent['type'] };
  return details === undefined ? event : { ...event, [details.member]: details.value };
}
