// A real gateway on port 0 that serves EventBridge Scheduler and nothing else, and the SDK's client for it.

import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  SchedulerClient,
  SchedulerServiceException,
  type CreateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { OUTBOX_LANE, entryOfDelivery, type OutboxEntry } from '#outbox';
import { createSchedules, type Schedules } from '#schedules';
import type { Store } from '#store';
import { schedulerHandlers } from '../../src/gateway/scheduler/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export const QUEUE_ARN = `arn:aws:sqs:${SCOPE.region}:${SCOPE.account}:ticks`;
export const ROLE_ARN = `arn:aws:iam::${SCOPE.account}:role/service-role/scheduler`;

export interface SchedulerService {
  readonly client: SchedulerClient;
  readonly endpoint: string;
  readonly schedules: Schedules;
  readonly store: Store;
  /** Creates a schedule with a name of its own, for a queue, once a day, unless `input` says otherwise. */
  create(input?: Partial<CreateScheduleCommandInput>): Promise<string>;
  /** A group with a name of its own. */
  group(): Promise<string>;
  /** Resolves with the next entries of the outbox, and takes them out. */
  sent(): Promise<readonly OutboxEntry[]>;
  close(): Promise<void>;
}

export async function openSchedulerService(): Promise<SchedulerService> {
  const log = new QuietLog();
  const opened = await openTemporaryStore({ clock: realClock, log });
  const { store } = opened;
  const schedules = createSchedules({ store, scopes: [SCOPE], clock: realClock, random: realRandom, log });
  await schedules.start();
  const gateway = await openGateway({
    services: { scheduler: { handlers: schedulerHandlers({ schedules }) } },
    log,
  });
  const client = new SchedulerClient(gateway.settings);
  let names = 0;
  const freshName = (): string => `named-${(names += 1)}`;
  return {
    client,
    endpoint: gateway.endpoint,
    schedules,
    store,
    async create(input = {}) {
      const Name = input.Name ?? freshName();
      await client.send(new CreateScheduleCommand({ ...daily(), Name, ...input }));
      return Name;
    },
    async group() {
      const Name = freshName();
      await client.send(new CreateScheduleGroupCommand({ Name }));
      return Name;
    },
    sent: () => nextEntries(store),
    async close() {
      client.destroy();
      await gateway.close();
      await schedules.close();
      await opened.close();
    },
  };
}

export function daily(): Omit<CreateScheduleCommandInput, 'Name'> {
  return {
    ScheduleExpression: 'cron(0 3 * * ? *)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: QUEUE_ARN, RoleArn: ROLE_ARN },
  };
}

async function nextEntries(store: Store): Promise<readonly OutboxEntry[]> {
  for (;;) {
    const changed = Promise.withResolvers<undefined>();
    const stop = store.changed('deliveries', () => changed.resolve(undefined));
    const claimed = await store.deliveries.claimDue({ lane: OUTBOX_LANE, nowMs: Date.now(), leaseMs: 60_000, limit: 100 });
    for (const { id, fence } of claimed) await store.deliveries.settle(id, fence);
    if (claimed.length === 0) await changed.promise;
    stop();
    if (claimed.length > 0) return claimed.map(entryOfDelivery);
  }
}

export const refusalOf = refusalsOf(SchedulerServiceException);
