// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html

import { checkStreamName } from '#logs';
import { groupOf, type LogsHandler } from './operation.ts';

/** `unmask` has nothing to unmask: no data protection policy hides anything here. */
export const getLogEvents: LogsHandler<'GetLogEvents'> =
  ({ logs }) =>
  async (input, { scope }) => {
    const page = await logs.events.page({
      scope,
      group: groupOf(scope, input),
      stream: checkStreamName(input.logStreamName),
      fromHead: input.startFromHead ?? false,
      ...(input.startTime === undefined ? {} : { fromMs: input.startTime }),
      ...(input.endTime === undefined ? {} : { toMs: input.endTime }),
      ...(input.nextToken === undefined ? {} : { token: input.nextToken }),
      ...(input.limit === undefined ? {} : { limit: input.limit }),
    });
    return {
      events: page.events.map(({ timestampMs, text, ingestedAtMs }) => ({
        timestamp: timestampMs,
        message: text,
        ingestionTime: ingestedAtMs,
      })),
      nextForwardToken: page.forwardToken,
      nextBackwardToken: page.backwardToken,
    };
  };
