// A real gateway on port 0 that serves EventBridge and nothing else, the SDK's client for it, and what its rules put into the outbox.

import { EventBridgeClient, EventBridgeServiceException, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import type { Target } from '@aws-sdk/client-eventbridge';
import { createBuses, type Buses, type SendTokenRequest } from '#buses';
import { cloudEventsRoute } from '#gateway';
import { entryOfDelivery, type OutboxEntry } from '#outbox';
import { eventBridgeHandlers } from '../../src/gateway/eventbridge/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { FakeClock } from './fake-clock.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf, type Refusal } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

export interface EventBridgeService {
  readonly client: EventBridgeClient;
  readonly endpoint: string;
  readonly buses: Buses;
  readonly log: QuietLog;
  /** The rooms' clock; signatures are checked by the real one. */
  readonly clock: FakeClock;
  readonly store: TemporaryStore['store'];
  /** A rule of a name of its own, with these targets; its name. */
  rule(
    rule: { readonly pattern?: object; readonly schedule?: string; readonly bus?: string },
    targets: readonly NamedTarget[],
  ): Promise<string>;
  /** Takes out what is due. */
  outbox(): Promise<readonly OutboxEntry[]>;
  close(): Promise<void>;
}

type NamedTarget = Target & { readonly Id: string; readonly Arn: string };

export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:orders';

export interface EventBridgeServiceOptions {
  readonly authorizationServer?: SendTokenRequest;
  /** For CloudEvents. */
  readonly bearerKey?: string;
}

export async function openEventBridgeService(options: EventBridgeServiceOptions = {}): Promise<EventBridgeService> {
  const { authorizationServer = () => Promise.resolve({ kind: 'unreachable', reason: 'There is none.' }) } = options;
  const log = new QuietLog();
  const clock = new FakeClock(Date.UTC(2026, 10, 21, 12));
  const opened = await openTemporaryStore({ clock, log });
  const { store } = opened;
  const buses = createBuses({
    store,
    secretKeys: { secretKey: new Uint8Array(32).fill(7) },
    sendTokenRequest: (request) => authorizationServer(request),
    clock,
    random: realRandom,
    log,
  });
  const gateway = await openGateway({
    routes: [cloudEventsRoute({ buses, bearerKey: options.bearerKey, scope: SCOPE, clock: realClock, log })],
    services: { eventbridge: { handlers: eventBridgeHandlers({ buses }) } },
    log,
  });
  const client = new EventBridgeClient(gateway.settings);
  let rules = 0;
  return {
    client,
    endpoint: gateway.endpoint,
    buses,
    log,
    clock,
    store,
    async rule({ pattern, schedule, bus }, targets) {
      const name = `rule-${(rules += 1)}`;
      await client.send(
        new PutRuleCommand({
          Name: name,
          EventBusName: bus,
          EventPattern: pattern && JSON.stringify(pattern),
          ScheduleExpression: schedule,
        }),
      );
      if (targets.length > 0) await client.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets: [...targets] }));
      return name;
    },
    async outbox() {
      const lanes = ['outbox', 'outbox-remote'];
      const claimed = await Promise.all(
        lanes.map((lane) => store.deliveries.claimDue({ lane, nowMs: clock.now() + 1, leaseMs: 1, limit: 1000 })),
      );
      for (const { id, fence } of claimed.flat()) await store.deliveries.settle(id, fence);
      return claimed.flat().map(entryOfDelivery);
    },
    async close() {
      client.destroy();
      await gateway.close();
      await buses.close();
      await opened.close();
    },
  };
}

/** The event that an entry carries. */
export function eventOf(entry: OutboxEntry | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(entry?.payload ?? new Uint8Array()).toString()) as Record<string, unknown>;
}

export const refusalOf = refusalsOf(EventBridgeServiceException);

export function refused(name: string, message: string): Refusal {
  return { name, message, status: 400 };
}
