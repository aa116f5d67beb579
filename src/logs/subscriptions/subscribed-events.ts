// The events of some chunks that a subscription asked for, in batches of one stream each. Pure.

import { LIMITS, type Scope } from '#kernel';
import { eventId } from '../log-event.ts';
import type { LogEvent } from '../log-event.ts';
import type { FilterPattern } from '../pattern/filter-pattern.ts';
import type { SubscriptionFilter } from './subscription.ts';

export interface SubscribedEvent {
  readonly id: string;
  readonly timestampMs: number;
  readonly text: string;
  /** What a pattern of fields (`[ip, user, …]`) names in it. */
  readonly extractedFields: Readonly<Record<string, string>> | undefined;
}

/** At least one event. */
export interface SubscribedEvents {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  readonly filterName: string;
  readonly functionArn: string;
  readonly events: readonly SubscribedEvent[];
}

/** Streams in the order of their first events. */
export function subscribedEvents(
  filter: SubscriptionFilter,
  pattern: FilterPattern,
  events: readonly LogEvent[],
): readonly SubscribedEvents[] {
  const { scope, group, name: filterName, functionArn } = filter;
  const streams = Map.groupBy(
    events.filter(({ text }) => pattern.matches(text)),
    ({ stream }) => stream,
  );
  const hasFields = filter.pattern.trimStart().startsWith('[');
  const told = (event: LogEvent): SubscribedEvent => ({
    id: eventId(event),
    timestampMs: event.timestampMs,
    text: event.text,
    extractedFields: hasFields ? fieldsIn(pattern.extract(event.text)) : undefined,
  });
  return [...streams].flatMap(([stream, found]) =>
    [...batches(found)].map((batch) => ({ scope, group, stream, filterName, functionArn, events: batch.map(told) })),
  );
}

/** Patterns call them `$ip`, what is told to functions has them as `ip`. */
function fieldsIn(extracted: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(extracted).map(([name, value]) => [name.slice(1), value]));
}

function* batches(events: readonly LogEvent[]): Generator<readonly LogEvent[]> {
  let batch: LogEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.text) + LIMITS.logEventOverheadBytes;
    if (batch.length > 0 && bytes + size > LIMITS.logSubscriptionBatchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
