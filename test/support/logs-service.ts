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
import { createGateway } from '#gateway';
import { createKeys } from '#identity';
import { createLogs, type Logs } from '#logs';
import type { SubscriberVerdict } from '#sources';
import { logsHandlers } from '../../src/gateway/logs/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export const ROOT_KEY = { accessKeyId: 'AKIAMAYFLYTESTS', secretAccessKey: 'a-secret-for-tests-only' };

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
  const gateway = createGateway({
    services: {
      'cloudwatch-logs': {
        handlers: logsHandlers({ logs, mayBeTold: async ({ functionArn }) => verdicts.get(functionArn) ?? 'admitted' }),
      },
    },
    identity: createKeys({ account: SCOPE.account, rootKey: ROOT_KEY, random: realRandom }),
    scope: SCOPE,
    clock: realClock,
    random: realRandom,
    log,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${port}`;
  // `stream-127.0.0.1`, which the SDK would ask for in StartLiveTail, is no name of any machine.
  const client = new CloudWatchLogsClient({
    endpoint,
    region: SCOPE.region,
    credentials: ROOT_KEY,
    maxAttempts: 1,
    disableHostPrefix: true,
  });
  let groups = 0;
  return {
    client,
    endpoint,
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
      await gateway.close(1000);
      await logs.close();
      await opened.close();
    },
  };
}

export interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** The error that a command is answered with; a command that succeeds fails the test. */
export async function refusalOf(sent: Promise<unknown>): Promise<Refusal> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof CloudWatchLogsServiceException) {
      return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
    }
    throw error;
  }
  throw new Error('The command was expected to be refused, and succeeded.');
}

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
