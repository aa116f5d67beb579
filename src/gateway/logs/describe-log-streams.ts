// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html

import { LIMITS } from '#kernel';
import { streamArn } from '#logs';
import { groupOf, SEQUENCE_TOKEN, type LogsHandler } from './operation.ts';

export const describeLogStreams: LogsHandler<'DescribeLogStreams'> =
  ({ logs }) =>
  async (input, { scope }) => {
    const { streams, nextToken } = await logs.streams.list({
      scope,
      group: groupOf(scope, input),
      orderBy: input.orderBy === 'LastEventTime' ? 'lastEvent' : 'name',
      descending: input.descending ?? false,
      limit: input.limit ?? LIMITS.logStreamsPerPage,
      ...(input.logStreamNamePrefix === undefined ? {} : { prefix: input.logStreamNamePrefix }),
      ...(input.nextToken === undefined ? {} : { token: input.nextToken }),
    });
    const logStreams = streams.map((row) => ({
      logStreamName: row.stream,
      creationTime: row.createdAtMs,
      arn: streamArn(scope, row.group, row.stream),
      // "As of June 17, 2019, this parameter is no longer supported for log streams, and is always reported as zero."
      storedBytes: 0,
      ...(row.lastTimestampMs === undefined
        ? {}
        : {
            firstEventTimestamp: row.firstTimestampMs,
            lastEventTimestamp: row.lastTimestampMs,
            lastIngestionTime: row.lastIngestedAtMs,
            uploadSequenceToken: SEQUENCE_TOKEN,
          }),
    }));
    return { logStreams, ...(nextToken === undefined ? {} : { nextToken }) };
  };
