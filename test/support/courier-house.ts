// The courier on a clock that tests turn, with rooms that note what they are sent and fail when they are told to.

import { ApiError } from '#kernel';
import type { OutboxEntry } from '#outbox';
import type { PolicyQuestion } from '#registry';
import { Courier } from '../../src/sources/courier/courier.ts';
import type { CourierPorts, ExecutionStart, NewObject, ServiceMessage } from '../../src/sources/courier/ports.ts';
import { FakeClock, MortalClock, settled } from './fake-clock.ts';
import { invocable, SCOPE } from './invocable.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';
import { deliveryOfEntry } from '#outbox';

export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello';
export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:orders';

/** For a queue, from a topic, unless it is said otherwise. */
export function entry(more: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id: 'entry',
    scope: SCOPE,
    target: { kind: 'queue', arn: QUEUE_ARN },
    payload: Buffer.from('{"order":1}'),
    sender: { service: 'sns.amazonaws.com', arn: 'arn:aws:sns:us-east-1:000000000000:orders' },
    retry: { maximumRetries: 100, maximumAgeSeconds: 86_400, backOff: { kind: 'stages', delaysMs: [1000] } },
    acceptedAtMs: Date.UTC(2026, 10, 20, 12),
    ...more,
  };
}

interface Setup {
  readonly policyAllows?: (question: PolicyQuestion) => boolean;
  /** What another process left, or has. */
  readonly deliveries?: MemoryDeliveries;
  readonly clock?: FakeClock;
  /** Instead of one that notes what it is sent. */
  readonly mail?: CourierPorts['mail'];
}

export type CourierHouse = ReturnType<typeof courierHouse>;

export function courierHouse({
  policyAllows = () => true,
  deliveries = new MemoryDeliveries(),
  clock = new FakeClock(),
  mail,
}: Setup = {}) {
  const log = new QuietLog();
  const life = new MortalClock(clock);
  const house = {
    clock,
    log,
    deliveries,
    /** ARNs of queues, in the order in which they were tried. */
    attempts: [] as string[],
    sent: [] as ServiceMessage[],
    published: [] as (ServiceMessage & { readonly subject: string | undefined })[],
    put: {
      events: [] as OutboxEntry[],
      lines: [] as object[],
      objects: [] as NewObject[],
      mails: [] as object[],
      executions: [] as ExecutionStart[],
    },
    fail: (_arn: string): Error | undefined => undefined,
    hold: (_arn: string): Promise<void> => Promise.resolve(),
    perish: () => life.perish(),
    async accept(...entries: readonly OutboxEntry[]) {
      await deliveries.accept(entries.map((one) => deliveryOfEntry({ ...one, acceptedAtMs: clock.now() })));
      await settled();
    },
  };
  const ports: CourierPorts = {
    functions: {
      async resolve(_scope, { name }) {
        const known = { hello: invocable('hello'), 'hello-of-tenants': invocable('hello-of-tenants', { tenantIsolation: true }) };
        const found = known[name as unknown as keyof typeof known] as ReturnType<typeof invocable> | undefined;
        if (found === undefined) throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
        return found;
      },
      policyAllows: (question) => Promise.resolve(policyAllows(question)),
    },
    queues: {
      async send(message, claim) {
        house.attempts.push(message.arn);
        const failure = house.fail(message.arn);
        if (failure !== undefined) throw failure;
        await house.hold(message.arn);
        if (claim === undefined || (await deliveries.settle(claim.id, claim.fence))) house.sent.push(message);
      },
    },
    topics: { publish: (message) => Promise.resolve(void house.published.push(message)) },
    buses: {
      deliver(event) {
        house.put.events.push(event);
        return Promise.resolve({ kind: 'accepted' });
      },
    },
    logs: { put: (line) => Promise.resolve(void house.put.lines.push(line)) },
    buckets: { put: (object) => Promise.resolve(void house.put.objects.push(object)) },
    stateMachines: {
      async start(execution) {
        const failure = house.fail(execution.arn);
        if (failure !== undefined) throw failure;
        if (house.put.executions.some(({ name }) => name === execution.name))
          throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${execution.name}'`);
        house.put.executions.push(execution);
      },
      startSync: () => Promise.reject(new Error('The courier waits for nobody.')),
    },
    http: {
      // A server that never answers: the call ends when its caller gives up.
      send: ({ signal }) =>
        new Promise((resolve) => {
          const gone = { kind: 'unreachable', isTimeout: false, reason: 'The request was ended.' } as const;
          signal?.addEventListener('abort', () => resolve(gone));
        }),
    },
    mail: mail ?? {
      send({ address, subject, body }) {
        house.put.mails.push({ address, subject, body });
        return Promise.resolve({ kind: 'delivered' });
      },
    },
    connections: { additionsOf: () => Promise.resolve({ headers: {}, query: {}, body: {} }) },
  };
  const courier = new Courier({
    clock: life,
    random: seededRandom(7),
    log,
    store: { deliveries, changed: (_topic, listener) => deliveries.changed(() => void (life.dead || listener())) },
    ports,
  });
  courier.start();
  return Object.assign(house, { courier });
}
