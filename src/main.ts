// Builds the house, opens the door, and closes it in reverse. The only reader of the environment, the wall clock and the machine.

import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  cloudEventsRoute,
  codeDownloadRoute,
  createCrossOriginRoute,
  createGateway,
  platformRoute,
  servicesOf,
  snsLinksRoute,
} from '#gateway';
import type { Gateway } from '#gateway';
import { createDurableExecutions } from '#durable';
import { createKeys } from '#identity';
import type { RootKey } from '#identity';
import { createInvocations, Tenancy } from '#invocation';
import { openLedger } from '#ledger';
import { createLogs } from '#logs';
import { Pool } from '#pool';
import { createRegistry } from '#registry';
import { createLauncher, ownFolderOf } from '#sandbox';
import { openLocalBlobs, openLocalSegments, openSqliteStore } from '#store';
import type { StoreFailure } from '#store';
import { jsonLog, realClock as clock, realRandom as random } from './main/ambient.ts';
import { codeObjectReader } from './main/code-object.ts';
import { openDataFolder, rootKeyOf } from './main/data-folder.ts';
import { createEventServices, createEventSources } from './main/event-rooms.ts';
import { eventsKeyOf } from './main/events-key.ts';
import { createExecutionRooms } from './main/execution-rooms.ts';
import { collector, eventLoopUse, watchIdleMemory } from './main/idle-memory.ts';
import { chooseIsolation, chooseNetwork } from './main/isolation.ts';
import { hostArchitecture, poolSettings } from './main/machine.ts';
import { portInside } from './main/low-port.ts';
import { platformPages } from './main/pages.ts';
import { settleRights } from './main/rights.ts';
import { operatorKeysOf, secretKeysOf } from './main/secret-keys.ts';
import { serviceUidOf } from './main/service-user.ts';
import { parseSettings } from './main/settings.ts';
import type { PlatformOptions } from './main/settings.ts';
import { topicSigningKeyOf } from './main/topic-signing-key.ts';
import { watchUnreservedConcurrency } from './main/unreserved-concurrency.ts';
import { claimWorkFolder, holdWorkFolder } from './main/work-folder.ts';

export type { PlatformOptions } from './main/settings.ts';

export interface Platform {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  readonly isolation: { readonly level: string; readonly promise: string; readonly notes: readonly string[] };
  /** Whose rights the process has that parses requests. */
  readonly rights: { readonly promise: string; readonly areRoots: boolean };
  /** Resolves with a sentence when it cannot serve any longer and has to be started again. */
  readonly lost: Promise<string>;
  /** The root key, if it was made just now: to be shown this once. */
  readonly firstRunCredentials: RootKey | undefined;
  /** Lets what runs finish, refuses the rest, and leaves nothing behind. */
  close(): Promise<void>;
}

const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));
const SEGMENT_BYTES = 64 * 1024 * 1024;

/** Rejects with a sentence for the operator; whatever was opened until then is closed again. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  return awake(async () => {
    await using house = new AsyncDisposableStack();
    const platform = await build(options, house);
    const open = house.move();
    return { ...platform, close: () => awake(() => open.disposeAsync()) };
  });
}

/** The clock's timers do not keep a process from ending, and before the door is open nothing else may. */
async function awake<Result>(work: () => Promise<Result>): Promise<Result> {
  const timer = setInterval(() => {}, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** From the foundation up. What is deferred last is closed first. */
async function build(options: PlatformOptions, house: AsyncDisposableStack): Promise<Omit<Platform, 'close'>> {
  const settings = parseSettings(options);
  const { scope } = settings;
  const log = jsonLog(settings.logLevel, (line) => void process.stderr.write(line));
  const isolation = await chooseIsolation(options.isolation);
  const operatorKeys = operatorKeysOf(options.environment);
  const eventsKey = eventsKeyOf(options.environment);
  const folder = openDataFolder(options.dataFolder, serviceUidOf(settings.user));
  await claimWorkFolder(folder.work, folder.path, log);
  const rights = await settleRights({
    ...options,
    user: settings.user,
    clock,
    random,
    log,
    isolation,
    folder,
    projectRoot: PROJECT_ROOT,
  });
  house.defer(() => rights.close());

  // The store comes first: it holds the lock on the folder, so that nothing else is touched while another process owns it.
  let storeFailure: StoreFailure | undefined;
  const store = await openSqliteStore({ folder: folder.store, log, onFailure: (failure) => void (storeFailure = failure) });
  house.defer(() => store.close());
  const held = await holdWorkFolder(folder.work);
  house.defer(() => held.close());
  const rootKey = rootKeyOf(folder, options.environment, random);
  const secretKeys = secretKeysOf(folder, operatorKeys, random);
  const [objectBlobs, codeBlobs] = await Promise.all([
    openLocalBlobs({ folder: join(folder.blobs, 'objects') }),
    openLocalBlobs({ folder: join(folder.blobs, 'code') }),
  ]);
  house.defer(async () => void (await Promise.all([objectBlobs.close(), codeBlobs.close()])));
  const usageSegments = await openLocalSegments({ folder: folder.usage, maxSegmentBytes: SEGMENT_BYTES, clock });
  house.defer(() => usageSegments.close());
  const logSegments = await openLocalSegments({ folder: folder.logs, maxSegmentBytes: SEGMENT_BYTES, clock });
  house.defer(() => logSegments.close());

  const ledger = await openLedger({ segments: usageSegments, usage: store.usage, clock, log, prices: settings.prices });
  house.defer(() => ledger.close());
  const keys = createKeys({ account: scope.account, rootKey: rootKey.key, random });
  const logs = createLogs({ store, segments: logSegments, scopes: [scope], clock, random, log });
  house.defer(() => logs.close());

  const port = options.port === 0 ? await freePort(options.host) : options.port;
  const endpointPort = isolation.level === 'process' ? port : portInside(port);
  const launcher = await createLauncher({
    clock,
    random,
    log,
    level: isolation.level,
    projectRoot: PROJECT_ROOT,
    workDir: folder.work,
    endpointPort,
    environment: rights.environment,
    privileged: rights.privileged,
  });
  house.defer(() => launcher.close());
  const network = chooseNetwork(settings.network, launcher);
  const registry = createRegistry({
    store,
    blobs: codeBlobs,
    codeFolder: join(ownFolderOf(folder.work), 'code'),
    ...secretKeys,
    hostArchitecture: hostArchitecture(),
    defaultNetwork: network,
    networks: () => launcher.networks,
    prepareRuntime: (runtime) => launcher.prepare(runtime),
    // Buckets stand above the registry, whose functions may have their code in one.
    readObject: codeObjectReader(() => buckets),
    clock,
    random,
    log,
  });
  house.defer(() => registry.close());
  const eventParts = {
    clock,
    random,
    log,
    store,
    scope,
    registry,
    topicSigningKey: topicSigningKeyOf(folder, { clock, random }),
    publicUrl: settings.publicUrl ?? `http://${settings.baseDomains[0] ?? reachable(options.host)}:${port}`,
    hasMail: settings.mail !== undefined,
    secretKeys,
    httpTargets: settings.httpTargets,
  };
  const eventServices = createEventServices({ ...eventParts, objectBlobs });
  house.defer(() => eventServices.close());
  const { buckets } = eventServices;

  const unreservedConcurrency = await watchUnreservedConcurrency({ registry, store, scope, log });
  house.defer(async () => unreservedConcurrency.close());
  const pool = new Pool<Tenancy>({
    clock,
    log,
    launcher,
    settings: poolSettings(network),
    unreservedConcurrency,
    openTenancy: (invocable, sandbox, purpose) => new Tenancy(tenancyParts, { invocable, sandbox, purpose }),
  });
  const tenancyParts = {
    clock,
    random,
    sessions: keys,
    logs,
    acceptConnection: (connection: Parameters<Gateway['acceptConnection']>[0]) => gateway.acceptConnection(connection),
    endpointUrl: `http://127.0.0.1:${endpointPort}`,
  };
  const functionInvocations = createInvocations({
    clock,
    log,
    store,
    invocables: registry,
    pool,
    usage: ledger,
    beginDurable: (event) => durable.takeEvent(event),
  });
  const durable = createDurableExecutions({
    clock,
    random,
    log,
    journals: store.journals,
    invocables: registry,
    invocations: functionInvocations,
  });
  // Everybody invokes by these: of what is durable they begin an execution.
  const { invocations } = durable;
  const executionRooms = createExecutionRooms({
    clock,
    random,
    log,
    store,
    scope,
    logs,
    buckets,
    buses: eventServices.buses,
    connections: eventServices.buses.connections,
    functions: registry,
    invocations,
    httpTargets: settings.httpTargets,
    services: () => services,
    endpoint: `http://${reachable(options.host)}:${port}`,
  });
  const eventSources = createEventSources({
    ...eventParts,
    services: eventServices,
    invocations,
    executions: executionRooms.executions,
    logs,
    httpTargets: settings.httpTargets,
    mail: settings.mail,
  });

  const pages = platformPages({
    scope,
    clock,
    registry,
    ledger,
    logs,
    pool,
    launcher,
    courier: eventSources.courier,
    isolation,
    rights: rights.promise,
    network,
    storeFailure: () => storeFailure,
    queues: eventServices.queues,
    executions: executionRooms.executions,
  });
  const services = servicesOf({
    registry,
    ...eventServices,
    ...executionRooms,
    mappingResult: eventSources.mappingResult,
    pipeProblem: eventSources.pipeProblem,
    invocations,
    durable,
    logs,
    functionUrl: (urlId, region) => `http://${urlId}.lambda-url.${region}.${settings.urlDomain}:${port}/`,
  });
  const gateway = createGateway({
    services,
    functionUrls: { invocables: registry, invocations, baseDomain: settings.urlDomain },
    routes: [
      codeDownloadRoute(registry),
      snsLinksRoute({ topics: eventServices.topics, scope, clock, log }),
      cloudEventsRoute({ buses: eventServices.buses, bearerKey: eventsKey, scope, clock, log }),
      platformRoute(pages),
      createCrossOriginRoute({ buckets, scope, clock, log, baseDomains: settings.baseDomains }),
    ],
    identity: keys,
    scope,
    clock,
    random,
    log,
    baseDomains: settings.baseDomains,
    acceptAnyKey: options.dev,
  });

  const idleMemory = watchIdleMemory({ clock, utilization: eventLoopUse(), collect: collector() });
  house.defer(async () => idleMemory.close());
  await logs.start();
  await registry.start();
  invocations.start();
  await executionRooms.start();
  await eventSources.start();
  // Functions that finish may still call their endpoint: the door closes after them.
  house.defer(() => gateway.close(CLOSING_MS));
  // At once, and sources first: they claim nothing more, and what they have begun needs functions.
  house.defer(
    async () =>
      void (await Promise.all([
        eventSources.close(settings.drainMs),
        executionRooms.close(settings.drainMs),
        invocations.close(settings.drainMs),
      ])),
  );
  house.defer(async () => gateway.drain());
  await gateway.listen({ host: options.host, port, taken: rights.lowPort });
  return {
    endpoint: `http://${reachable(options.host)}:${port}`,
    isolation: { level: launcher.level, promise: launcher.promise, notes: isolation.report.notes },
    firstRunCredentials: rootKey.made ? rootKey.key : undefined,
    rights: { promise: rights.promise, areRoots: rights.areRoots },
    lost: rights.lost,
  };
}

/** How long answers that are ready may take to leave. */
const CLOSING_MS = 5000;

/** Listening everywhere includes here, and `localhost` would make `bucket.localhost` of S3's clients, which does not resolve. */
function reachable(host: string): string {
  if (host.includes(':')) return `[${host}]`;
  return host === '0.0.0.0' || host === 'localhost' ? '127.0.0.1' : host;
}

/** Sandboxes are told the port before the door opens, since the first ones are started before it. */
async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
