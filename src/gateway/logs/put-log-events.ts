// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html

import type { RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import { checkGroupName, checkStreamName, type RejectedEvents } from '#logs';
import { SEQUENCE_TOKEN, type LogsHandler } from './operation.ts';

/** `sequenceToken` is ignored, as AWS ignores it since 2023. */
export const putLogEvents: LogsHandler<'PutLogEvents'> =
  ({ logs }) =>
  async ({ logGroupName, logStreamName, logEvents, entity }, { scope }) => {
    const rejected = await logs.events.put({
      scope,
      group: checkGroupName(logGroupName),
      stream: checkStreamName(logStreamName),
      lines: logEvents.map(({ timestamp, message }) => ({ timestampMs: timestamp, text: message })),
    });
    const rejectedLogEventsInfo = infoOf(rejected);
    return {
      nextSequenceToken: SEQUENCE_TOKEN,
      ...(rejectedLogEventsInfo === undefined ? {} : { rejectedLogEventsInfo }),
      // Entities belong to CloudWatch's own pages; the agent that sends them is told that this one was not kept.
      ...(entity === undefined ? {} : { rejectedEntityInfo: { errorType: 'UnsupportedLogGroupType' as const } }),
    };
  };

function infoOf({ tooNewStart, tooOldEnd, expiredEnd }: RejectedEvents): RejectedLogEventsInfo | undefined {
  if (tooNewStart === undefined && tooOldEnd === undefined && expiredEnd === undefined) return undefined;
  return { tooNewLogEventStartIndex: tooNewStart, tooOldLogEventEndIndex: tooOldEnd, expiredLogEventEndIndex: expiredEnd };
}
