// Every service that is served, with the rooms behind it. What is not here is answered as unknown, in its own protocol.

import type { Buckets } from '#buckets';
import type { Buses } from '#buses';
import type { DurableExecutions } from '#durable';
import type { Invocations } from '#invocation';
import type { Logs } from '#logs';
import type { Queues } from '#queues';
import type { Registry } from '#registry';
import type { Schedules } from '#schedules';
import type { SubscriberCheck } from '#sources';
import type { Topics } from '#topics';
import { eventBridgeHandlers } from './eventbridge/index.ts';
import { lambdaHandlers } from './lambda/index.ts';
import { createDurableHandlers } from './lambda/durable-handlers.ts';
import { createInvokeHandlers } from './lambda/invoke-handlers.ts';
import type { LambdaRooms } from './lambda/operation.ts';
import { logsHandlers } from './logs/index.ts';
import { pipesHandlers } from './pipes/index.ts';
import type { PipesRooms } from './pipes/index.ts';
import { createS3Handlers } from './s3/index.ts';
import { schedulerHandlers } from './scheduler/index.ts';
import type { Services } from './service.ts';
import { sfnHandlers } from './sfn/index.ts';
import type { SfnRooms } from './sfn/index.ts';
import { SNS_ANONYMOUS, snsHandlers } from './sns/index.ts';
import { sqsHandlers } from './sqs/index.ts';
import { stsHandlers } from './sts/index.ts';

export interface Rooms extends Omit<LambdaRooms, 'provisionedState'>, PipesRooms, SfnRooms {
  readonly registry: Registry;
  readonly invocations: Invocations;
  readonly durable: DurableExecutions;
  readonly buckets: Buckets;
  readonly buses: Buses;
  readonly queues: Queues;
  readonly logs: Logs;
  readonly mayBeTold: SubscriberCheck;
  readonly schedules: Schedules;
  readonly topics: Topics;
}

export function servicesOf(rooms: Rooms): Services {
  const { registry, invocations, durable, buckets, logs, schedules } = rooms;
  return {
    'cloudwatch-logs': { handlers: logsHandlers({ logs, mayBeTold: rooms.mayBeTold }) },
    eventbridge: { handlers: eventBridgeHandlers({ buses: rooms.buses }) },
    lambda: {
      handlers: lambdaHandlers(
        { ...rooms, provisionedState: invocations.provisionedState },
        {
          ...createInvokeHandlers({ invocables: registry, invocations, durable }),
          ...createDurableHandlers({ registry, durable }),
        },
      ),
    },
    pipes: { handlers: pipesHandlers(rooms) },
    s3: { handlers: createS3Handlers({ buckets }) },
    sfn: { handlers: sfnHandlers(rooms) },
    scheduler: { handlers: schedulerHandlers({ schedules }) },
    sqs: { handlers: sqsHandlers({ queues: rooms.queues }) },
    sns: { handlers: snsHandlers({ topics: rooms.topics }), anonymous: SNS_ANONYMOUS },
    sts: { handlers: stsHandlers },
  };
}
