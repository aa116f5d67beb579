// A real gateway on port 0 that serves SNS and nothing else, and the SDK's client for it. Nobody carries the outbox: tests look into it.

import { SNSClient, SNSServiceException, CreateTopicCommand, type CreateTopicCommandInput } from '@aws-sdk/client-sns';
import { createGateway } from '#gateway';
import { createKeys } from '#identity';
import { entryOfDelivery, OUTBOX_LANE, REMOTE_OUTBOX_LANE, type OutboxEntry } from '#outbox';
import type { Store } from '#store';
import { createTopics, newSigningKey, type Topics } from '#topics';
import { SNS_ANONYMOUS, snsHandlers } from '../../src/gateway/sns/index.ts';
import { snsLinksRoute } from '../../src/gateway/sns/links-route.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export const ROOT_KEY = { accessKeyId: 'AKIAMAYFLYTESTS', secretAccessKey: 'a-secret-for-tests-only' };

export interface SnsService {
  readonly client: SNSClient;
  readonly endpoint: string;
  readonly topics: Topics;
  readonly store: Store;
  readonly log: QuietLog;
  /** A topic of a name of its own. */
  topic(attributes?: CreateTopicCommandInput['Attributes']): Promise<string>;
  /** What is in the outbox since the last time, oldest first; it is gone from there then. */
  taken(): Promise<readonly OutboxEntry[]>;
  close(): Promise<void>;
}

/** One pair for all services of a process: making one takes a while. */
let signingKey: Promise<string> | undefined;

export async function openSnsService({ hasMail = true }: { readonly hasMail?: boolean } = {}): Promise<SnsService> {
  const log = new QuietLog();
  const opened = await openTemporaryStore({ clock: realClock, log });
  const { store } = opened;
  const base = { url: 'http://127.0.0.1' };
  const topics = createTopics({
    store,
    signingKey: () => (signingKey ??= newSigningKey({ clock: realClock, random: realRandom })),
    publicUrl: () => base.url,
    hasMail,
    clock: realClock,
    random: realRandom,
    log,
  });
  topics.start();
  const gateway = createGateway({
    services: { sns: { handlers: snsHandlers({ topics }), anonymous: SNS_ANONYMOUS } },
    routes: [snsLinksRoute({ topics, scope: SCOPE, clock: realClock, log })],
    identity: createKeys({ account: SCOPE.account, rootKey: ROOT_KEY, random: realRandom }),
    scope: SCOPE,
    clock: realClock,
    random: realRandom,
    log,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${port}`;
  base.url = endpoint;
  const client = new SNSClient({ endpoint, region: SCOPE.region, credentials: ROOT_KEY, maxAttempts: 1 });
  let made = 0;
  return {
    client,
    endpoint,
    topics,
    store,
    log,
    async topic(Attributes) {
      const Name = `topic-${(made += 1)}${Attributes?.['FifoTopic'] === 'true' ? '.fifo' : ''}`;
      return (await client.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '';
    },
    async taken() {
      const lanes = await Promise.all([OUTBOX_LANE, REMOTE_OUTBOX_LANE].map((lane) => takeAll(store, lane)));
      return lanes.flat();
    },
    async close() {
      client.destroy();
      await gateway.close(1000);
      await topics.close();
      await opened.close();
    },
  };
}

async function takeAll({ deliveries }: Store, lane: string): Promise<readonly OutboxEntry[]> {
  const entries: OutboxEntry[] = [];
  for (;;) {
    const claimed = await deliveries.claimDue({ lane, nowMs: realClock.now(), leaseMs: 60_000, limit: 1000 });
    if (claimed.length === 0) return entries;
    for (const delivery of claimed) {
      await deliveries.settle(delivery.id, delivery.fence);
      entries.push(entryOfDelivery(delivery));
    }
  }
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
    if (error instanceof SNSServiceException)
      return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
    throw error;
  }
  throw new Error('The command was expected to be refused, and succeeded.');
}

export function invalid(message: string): Refusal {
  return { name: 'InvalidParameterException', message: `Invalid parameter: ${message}`, status: 400 };
}
