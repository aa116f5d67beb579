// A real gateway on port 0 that serves CloudWatch Logs and nothing else, and the SDK's client for it.

import {
  CloudWatchLogsClient,
  CloudWatchLogsServiceException,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type InputLogEvent,
  type PutLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { createLogs, type Logs } from '#logs';
import type { SubscriberVerdict } from '#sources';
import { logsHandlers } from '../../src/gateway/logs/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf, type Refusal } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export interface LogsService {
  readonly client: CloudWatchLogsClient;
  readonly endpoint: string;
  readonly logs: Logs;
  readonly log: QuietLog;
  /** What is found out of functions that shall be told of events, by their ARN: `admitted`, unless a test says otherwise. */
  readonly verdicts: Map<string, SubscriberVerdict>;
  /** A group of a name of its own, with these streams. */
  group(...streams: readonly string[]): Promise<string>;
  put(group: string, stream: string, events: readonly InputLogEvent[]): Promise<PutLogEventsCommandOutput>;
  close(): Promise<void>;
}

export async function openLogsService(): Promise<LogsService> {
  const log = new QuietLog();
  const opened = await openTemporaryStore({ clock: realClock, log, maxSegmentBytes: 8 * 1024 * 1024 });
  const { store, segments } = opened;
  const logs = createLogs({ store, segments, scopes: [SCOPE], clock: realClock, random: realRandom, log });
  await logs.start();
  const verdicts = new Map<string, SubscriberVerdict>();
  const gateway = await openGateway({
    services: {
      'cloudwatch-logs': {
        handlers: logsHandlers({ logs, mayBeTold: async ({ functionArn }) => verdicts.get(functionArn) ?? 'admitted' }),
      },
    },
    log,
  });
  // `stream-127.0.0.1`, which the SDK would ask for in StartLiveTail, is no name of any machine.
  const client = new CloudWatchLogsClient({ ...gateway.settings, disableHostPrefix: true });
  let groups = 0;
  return {
    client,
    endpoint: gateway.endpoint,
    logs,
    log,
    verdicts,
    async group(...streams) {
      const logGroupName = `group-${(groups += 1)}`;
      await client.send(new CreateLogGroupCommand({ logGroupName }));
      for (const logStreamName of streams) await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      return logGroupName;
    },
    put: (logGroupName, logStreamName, events) =>
      client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [...events] })),
    async close() {
      client.destroy();
      await gateway.close();
      await logs.close();
      await opened.close();
    },
  };
}

export const refusalOf = refusalsOf(CloudWatchLogsServiceException);

export const NO_GROUP: Refusal = {
  name: 'ResourceNotFoundException',
  message: 'The specified log group does not exist.',
  status: 400,
};
export const NO_STREAM: Refusal = {
  name: 'ResourceNotFoundException',
  message: 'The specified log stream does not exist.',
  status: 400,
};
