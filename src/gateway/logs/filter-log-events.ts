// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

import { eventId, parseFilterPattern } from '#logs';
import { groupOf, invalidParameter, type LogsHandler } from './operation.ts';

/** "Setting startFromHead to false is supported only when startTime is on or after Jan 1, 2024 00:00:00 UTC." */
const BACKWARDS_FROM_MS = Date.UTC(2024, 0, 1);

/** `interleaved` is ignored, as AWS ignores it since 2019: answers are always interleaved. */
export const filterLogEvents: LogsHandler<'FilterLogEvents'> =
  ({ logs }) =>
  async (input, { scope }) => {
    const pattern = parseFilterPattern(input.filterPattern ?? '');
    if (input.startFromHead === false && (input.startTime ?? 0) < BACKWARDS_FROM_MS) {
      throw invalidParameter('startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC.');
    }
    const { events, nextToken } = await logs.events.search({
      scope,
      group: groupOf(scope, input),
      oldestFirst: input.startFromHead ?? true,
      matches: (text) => pattern.matches(text),
      ...(input.logStreamNames === undefined ? {} : { streams: input.logStreamNames }),
      ...(input.logStreamNamePrefix === undefined ? {} : { streamPrefix: input.logStreamNamePrefix }),
      ...(input.startTime === undefined ? {} : { fromMs: input.startTime }),
      // Here the end belongs to the range, unlike in GetLogEvents.
      ...(input.endTime === undefined ? {} : { toMs: input.endTime + 1 }),
      ...(input.nextToken === undefined ? {} : { token: input.nextToken }),
      ...(input.limit === undefined ? {} : { limit: input.limit }),
    });
    return {
      events: events.map((event) => ({
        logStreamName: event.stream,
        timestamp: event.timestampMs,
        message: event.text,
        ingestionTime: event.ingestedAtMs,
        eventId: eventId(event),
      })),
      searchedLogStreams: [],
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  };
