// The rooms that events pass through, in two storeys: services that accept them (buckets, queues, topics, buses, schedules), and sources that
// carry them on. Built from the first to the last, closed from the last to the first.

import { createBuckets } from '#buckets';
import type { Buckets } from '#buckets';
import { createBuses } from '#buses';
import type { Buses } from '#buses';
import type { Executions } from '#executions';
import type { Invocations } from '#invocation';
import { LIMITS } from '#kernel';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { Logs } from '#logs';
import { createQueues } from '#queues';
import type { Queues } from '#queues';
import { createMappings } from '#registry';
import type { Mappings, Registry } from '#registry';
import { createSchedules } from '#schedules';
import type { Schedules } from '#schedules';
import {
  Allowance,
  Courier,
  courierPorts,
  createAdmission,
  createBucketNotifications,
  createCarry,
  createDestinationCheck,
  createHttpSender,
  createPipes,
  createMailSender,
  createSubscriberCheck,
  createSubscriptionDeliveries,
  createTestEvents,
  MappingRunner,
  NO_MAIL,
  PipeRunner,
  queueSource,
} from '#sources';
import type { HttpTargets, Pipes, SubscriberCheck } from '#sources';
import type { LocalBlobs, Store } from '#store';
import { createTopics } from '#topics';
import type { Topics } from '#topics';
import type { MailSettings } from './mail-settings.ts';
import type { SecretKeys } from './secret-keys.ts';

export interface EventServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
  readonly scope: Scope;
  readonly objectBlobs: LocalBlobs;
  readonly registry: Registry;
  /** Made once for the data folder; see signing-key.ts. */
  readonly topicSigningKey: () => Promise<string>;
  /** What links in messages begin with. */
  readonly publicUrl: string;
  readonly hasMail: boolean;
  /** What the secrets of connections are sealed with. */
  readonly secretKeys: SecretKeys;
  /** Where the platform's own requests may go. */
  readonly httpTargets: HttpTargets;
}

/** What accepts events: acknowledged by it means written down, with everything that must follow. The gateway serves it. */
export interface EventServices {
  readonly buckets: Buckets;
  readonly buses: Buses;
  readonly queues: Queues;
  readonly mappings: Mappings;
  readonly pipes: Pipes;
  readonly schedules: Schedules;
  readonly topics: Topics;
  /** Which functions may be told of a log group's events. */
  readonly mayBeTold: SubscriberCheck;
  /** Who carries what they accept. */
  carryBy(courier: Pick<Courier, 'accept'>): void;
  close(): Promise<void>;
}

export function createEventServices(parts: EventServiceParts): EventServices {
  const { clock, random, log, store, scope, objectBlobs, registry } = parts;
  const buckets = createBuckets({
    objects: store.objects,
    blobs: objectBlobs,
    clock,
    random,
    log,
    deliveriesFor: createBucketNotifications({ random }),
    validateDestination: createDestinationCheck({ registry, admission: (question) => admission(question) }),
    sendTestEvents: createTestEvents({ random, deliveries: store.deliveries }),
  });
  const queues = createQueues({ store, scopes: [scope], clock, random, log });
  queues.start();
  let courier: Pick<Courier, 'accept'> = store.deliveries;
  // What these accept is the courier's at once, where it has room.
  const carried: Store = { ...store, deliveries: { ...store.deliveries, accept: (deliveries) => courier.accept(deliveries) } };
  const topics = createTopics({
    store: carried,
    signingKey: parts.topicSigningKey,
    publicUrl: () => parts.publicUrl,
    hasMail: parts.hasMail,
    clock,
    random,
    log,
  });
  topics.start();
  const admission = createAdmission({ queues, topics });
  const mappings = createMappings({
    resources: store.resources,
    functionVersion: (mapped, target) => registry.functions.get(mapped, target),
    async queue(_scope, arn) {
      const found = await queues.describe(arn);
      return found && { isFifo: found.isFifo, visibilityTimeoutSeconds: found.options.visibilitySeconds };
    },
    clock,
    random,
  });
  // For access tokens alone: what rules send goes by the courier's.
  const tokenSender = createHttpSender({ clock, targets: parts.httpTargets });
  const buses = createBuses({
    store: carried,
    secretKeys: parts.secretKeys,
    sendTokenRequest: (request) => tokenSender.send(request),
    clock,
    random,
    log,
  });
  return {
    buckets,
    buses,
    queues,
    mappings,
    pipes: createPipes({
      resources: store.resources,
      queueExists: async (arn) => (await queues.describe(arn)) !== undefined,
      clock,
    }),
    schedules: createSchedules({ store, clock, random, log, scopes: [scope] }),
    topics,
    mayBeTold: createSubscriberCheck(registry),
    carryBy(by) {
      courier = by;
    },
    async close() {
      tokenSender.close();
      await topics.close();
      await queues.close();
      await buckets.close();
    },
  };
}

export interface EventSourceParts extends Pick<EventServiceParts, 'clock' | 'random' | 'log' | 'store' | 'scope' | 'registry'> {
  readonly httpTargets: HttpTargets;
  /** Undefined where no mails can be sent. */
  readonly mail: MailSettings | undefined;
  readonly services: EventServices;
  readonly invocations: Invocations;
  readonly executions: Pick<Executions, 'start' | 'startSync'>;
  readonly logs: Logs;
}

/** What carries them on: the courier, event source mappings, pipes, timers. They claim what is due, also what an earlier process left. */
export interface EventSources {
  /** How the last batch of an event source mapping went. */
  readonly mappingResult: (uuid: string) => string | undefined;
  /** What went wrong with the last batch of a pipe. */
  readonly pipeProblem: (scope: Scope, name: string) => string | undefined;
  readonly courier: Pick<Courier, 'health' | 'waiting' | 'backlog'>;
  start(): Promise<void>;
  /** Claims nothing more from this call on, lets what is under way finish within the window, and gives the rest back. */
  close(windowMs: number): Promise<void>;
}

export function createEventSources(parts: EventSourceParts): EventSources {
  const { clock, random, log, store, scope, registry, invocations, executions, services, logs } = parts;
  const { queues, schedules, topics, buses, buckets } = services;
  const http = createHttpSender({ clock, targets: parts.httpTargets });
  const mail = parts.mail === undefined ? undefined : createMailSender(parts.mail);
  const rooms = {
    clock,
    registry,
    queues,
    topics,
    logs,
    buckets,
    buses,
    executions,
    http,
    mail: mail ?? NO_MAIL,
    connections: buses.connections,
  };
  const ports = courierPorts(rooms);
  const courier = new Courier({ clock, random, log, store, ports });
  services.carryBy(courier);
  const polling = {
    clock,
    random,
    log,
    scopes: [scope],
    invocables: registry,
    invocations,
    allowance: new Allowance(LIMITS.mappingBytesHeld),
    openSource: (source: Omit<Parameters<typeof queueSource>[0], 'queues'>) => queueSource({ queues, ...source }),
  };
  const pipes = new PipeRunner({
    ...polling,
    pipes: services.pipes,
    carry: createCarry({ clock, ports }),
    stateMachines: ports.stateMachines,
    logs,
    apiDestinations: buses.apiDestinations,
  });
  const mappings = new MappingRunner({ ...polling, mappings: services.mappings });
  const subscriptions = logs.feedSubscriptions(createSubscriptionDeliveries({ functions: registry, clock, random, log }));
  return {
    mappingResult: (uuid) => mappings.resultOf(uuid),
    pipeProblem: (of, name) => pipes.problemOf(of, name),
    courier,
    async start() {
      courier.start();
      buses.start();
      await schedules.start();
      await mappings.start();
      await pipes.start();
      await subscriptions.start();
    },
    async close(windowMs) {
      await Promise.all([
        mappings.close(),
        pipes.close(),
        schedules.close(),
        buses.close(),
        subscriptions.close(),
        courier.close(windowMs),
      ]);
      http.close();
      mail?.close();
    },
  };
}
