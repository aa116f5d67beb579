// A real gateway on port 0 that serves SNS and nothing else, and the SDK's client for it. Nobody carries the outbox: tests look into it.

import { SNSClient, SNSServiceException, CreateTopicCommand, type CreateTopicCommandInput } from '@aws-sdk/client-sns';
import { entryOfDelivery, OUTBOX_LANE, REMOTE_OUTBOX_LANE, type OutboxEntry } from '#outbox';
import type { Store } from '#store';
import { createTopics, newSigningKey, type Topics } from '#topics';
import { SNS_ANONYMOUS, snsHandlers } from '../../src/gateway/sns/index.ts';
import { snsLinksRoute } from '../../src/gateway/sns/links-route.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf, type Refusal } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

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
  const gateway = await openGateway({
    services: { sns: { handlers: snsHandlers({ topics }), anonymous: SNS_ANONYMOUS } },
    routes: [snsLinksRoute({ topics, scope: SCOPE, clock: realClock, log })],
    log,
  });
  base.url = gateway.endpoint;
  const client = new SNSClient(gateway.settings);
  let made = 0;
  return {
    client,
    endpoint: gateway.endpoint,
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
      await gateway.close();
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

export const refusalOf = refusalsOf(SNSServiceException);

export function invalid(message: string): Refusal {
  return { name: 'InvalidParameterException', message: `Invalid parameter: ${message}`, status: 400 };
}
