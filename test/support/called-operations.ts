// Operations as tasks call them, over real rooms and no door: queues, buckets, event buses, topics and STS.

import type { TestContext } from 'node:test';
import { createBuckets } from '#buckets';
import { createBuses } from '#buses';
import type { OperationCall, OperationEnd, OperationPort } from '#executions';
import type { RequestId } from '#kernel';
import { createQueues } from '#queues';
import { createTopics } from '#topics';
import type { Json } from '#workflows';
import { createOperationCaller } from '../../src/gateway/operation-caller/operation-caller.ts';
import { eventBridgeHandlers } from '../../src/gateway/eventbridge/index.ts';
import { createS3Handlers } from '../../src/gateway/s3/index.ts';
import type { Services } from '../../src/gateway/index.ts';
import { snsHandlers } from '../../src/gateway/sns/index.ts';
import { sqsHandlers } from '../../src/gateway/sqs/index.ts';
import { stsHandlers } from '../../src/gateway/sts/index.ts';
import { FakeClock } from './fake-clock.ts';
import { SCOPE } from './invocable.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';
import { temporaryStore } from './temporary-store.ts';

export const REQUEST_ID = '11111111-2222-4333-8444-555555555555' as RequestId;

export interface CalledOperations {
  readonly operations: OperationPort;
  readonly clock: FakeClock;
  readonly log: QuietLog;
  /** As through `aws-sdk:`, where nothing else is said. */
  readonly call: (service: string, action: string, parameters: Json, more?: Partial<OperationCall>) => Promise<OperationEnd>;
}

export async function calledOperations(test: Pick<TestContext, 'after'>, more: Services = {}): Promise<CalledOperations> {
  const clock = new FakeClock(Date.UTC(2026, 10, 21, 12));
  const log = new QuietLog();
  const random = seededRandom(1);
  const { store, blobs } = await temporaryStore(test, { clock, log });
  const queues = createQueues({ store, scopes: [SCOPE], clock, random, log });
  queues.start();
  test.after(() => queues.close());
  const buckets = createBuckets({
    objects: store.objects,
    blobs,
    clock,
    random,
    log,
    deliveriesFor: () => [],
    validateDestination: () => Promise.resolve({ kind: 'valid' }),
    sendTestEvents: () => Promise.resolve(),
  });
  test.after(() => buckets.close());
  const buses = createBuses({
    store,
    secretKeys: { secretKey: new Uint8Array(32).fill(7) },
    sendTokenRequest: () => Promise.resolve({ kind: 'unreachable', reason: 'There is none.' }),
    clock,
    random,
    log,
  });
  test.after(() => buses.close());
  const topics = createTopics({
    store,
    signingKey: () => Promise.reject(new Error('nothing is signed here')),
    publicUrl: () => 'http://127.0.0.1:4566',
    hasMail: false,
    clock,
    random,
    log,
  });
  topics.start();
  test.after(() => topics.close());
  const services: Services = {
    eventbridge: { handlers: eventBridgeHandlers({ buses }) },
    s3: { handlers: createS3Handlers({ buckets }) },
    sns: { handlers: snsHandlers({ topics }) },
    sqs: { handlers: sqsHandlers({ queues }) },
    sts: { handlers: stsHandlers },
    ...more,
  };
  const operations = createOperationCaller({ services: () => services, endpoint: 'http://127.0.0.1:4566', log });
  return {
    operations,
    clock,
    log,
    call: (service, action, parameters, changes = {}) =>
      operations.call({
        service,
        action,
        parameters,
        names: 'sdk',
        scope: SCOPE,
        requestId: REQUEST_ID,
        signal: new AbortController().signal,
        ...changes,
      }),
  };
}
