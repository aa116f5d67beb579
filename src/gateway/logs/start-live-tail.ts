// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html

import type { StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { ApiError, type Scope } from '#kernel';
import { checkStreamName, groupArn, parseFilterPattern, parseGroupIdentifier, type LiveTailUpdate } from '#logs';
import { invalidParameter, type LogsHandler } from './operation.ts';

export const startLiveTail: LogsHandler<'StartLiveTail'> =
  ({ logs }) =>
  async (input, { scope, requestId, signal }) => {
    const { logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
    const groups = input.logGroupIdentifiers.map((identifier) => parseGroupIdentifier(scope, identifier, 'logGroupIdentifiers'));
    if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined) {
      throw invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.');
    }
    if ((logStreamNames ?? logStreamNamePrefixes) !== undefined && groups.length > 1) {
      throw invalidParameter('logStreamNames and logStreamNamePrefixes can be used with one log group only.');
    }
    const pattern = parseFilterPattern(logEventFilterPattern ?? '');
    const updates = await logs.events.liveTail({
      scope,
      groups,
      matches: (text) => pattern.matches(text),
      signal,
      ...(logStreamNames === undefined ? {} : { streams: logStreamNames.map((name) => checkStreamName(name, 'logStreamNames')) }),
      ...(logStreamNamePrefixes === undefined ? {} : { streamPrefixes: logStreamNamePrefixes }),
    });
    const sessionStart = {
      requestId,
      sessionId: requestId,
      logGroupIdentifiers: groups.map((group) => groupArn(scope, group)),
      logStreamNames: logStreamNames ?? [],
      logStreamNamePrefixes: logStreamNamePrefixes ?? [],
      logEventFilterPattern: logEventFilterPattern ?? '',
    };
    return { responseStream: session(scope, { sessionStart }, updates) };
  };

async function* session(
  scope: Scope,
  start: StartLiveTailResponseStream.SessionStartMember,
  updates: AsyncIterable<LiveTailUpdate>,
): AsyncGenerator<StartLiveTailResponseStream> {
  yield start;
  for await (const update of updates) {
    switch (update.kind) {
      case 'events':
        yield { sessionUpdate: { sessionMetadata: { sampled: update.isSampled }, sessionResults: resultsOf(scope, update) } };
        break;
      case 'timedOut':
        throw new ApiError('SessionTimeoutException', 'The Live Tail session has lasted three hours and ends. Start another one.');
      default:
        update satisfies never;
    }
  }
}

function resultsOf(scope: Scope, { events }: Extract<LiveTailUpdate, { kind: 'events' }>) {
  return events.map((event) => ({
    logStreamName: event.stream,
    logGroupIdentifier: groupArn(scope, event.group),
    message: event.text,
    timestamp: event.timestampMs,
    ingestionTime: event.ingestedAtMs,
  }));
}
