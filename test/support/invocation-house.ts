// Pool and invocation over scripted sandboxes, with everything that they write down at hand.

import { ApiError } from '#kernel';
import type { RequestId } from '#kernel';
import { createInvocations, Tenancy } from '#invocation';
import type { ConnectionOwner, DurableEvent, SynchronousCall } from '#invocation';
import type { UsageRecord } from '#ledger';
import type { LogLine } from '#logs';
import { Pool } from '#pool';
import type { PoolSettings } from '#pool';
import type { InvocableFunction } from '../../src/registry/invocable.ts';
import type { FunctionConnection } from '../../src/sandbox/sandbox.ts';
import { FakeClock, MortalClock } from './fake-clock.ts';
import { FakeLauncher } from './fake-launcher.ts';
import type { Script } from './fake-launcher.ts';
import { invocable } from './invocable.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';

const SETTINGS: PoolSettings = {
  memoryMiB: 4096,
  sandboxes: 100,
  cores: 4,
  launchesAtOnce: 4,
  functionStarts: 1000,
  prewarmedRuntimes: ['nodejs24.x'],
  network: 'platform',
  prewarmLeast: 1,
  prewarmMost: 4,
};

interface Setup {
  readonly settings?: Partial<PoolSettings>;
  readonly script?: Script;
  readonly functions?: readonly InvocableFunction[];
  /** What an earlier process left. */
  readonly deliveries?: MemoryDeliveries;
  readonly clock?: FakeClock;
  readonly unreserved?: number;
  readonly seed?: number;
}

export function invocationHouse(setup: Setup = {}) {
  const {
    settings,
    script,
    functions = [invocable('hello')],
    deliveries = new MemoryDeliveries(),
    clock = new FakeClock(),
  } = setup;
  const log = new QuietLog();
  const random = seededRandom(setup.seed ?? 7);
  const life = new MortalClock(clock);
  const launcher = new FakeLauncher(life, script);
  // None is made: that takes real files, whose reading is not a matter of this clock.
  launcher.codeCaches.has = () => true;
  const records: UsageRecord[] = [];
  const begun: DurableEvent[] = [];
  const streams = new Map<string, { readonly lines: LogLine[]; closed: boolean }>();
  const sessions = new Set<string>();
  const connections: { readonly connection: FunctionConnection; readonly owner: ConnectionOwner }[] = [];
  const retiredListeners = new Set<(instanceKey: string) => void | Promise<void>>();
  const unready = new Set<string>();
  const known = new Map(functions.map((known) => [known.name as string, known]));
  const tenancyParts = {
    clock: life,
    random,
    endpointUrl: 'http://127.0.0.1:4566',
    sessions: {
      openSession: () => {
        const accessKeyId = `ASIA${sessions.size}`;
        sessions.add(accessKeyId);
        return { accessKeyId, secretAccessKey: 'secret', sessionToken: 'token', close: () => void sessions.delete(accessKeyId) };
      },
    },
    logs: {
      openStream: (_scope: unknown, group: string, stream: string) => {
        const opened = { lines: [] as LogLine[], closed: false };
        streams.set(`${group} ${stream}`, opened);
        return {
          write: (lines: readonly LogLine[]) => void opened.lines.push(...lines),
          flush: () => undefined,
          close: () => void (opened.closed = true),
        };
      },
    },
    acceptConnection: (connection: FunctionConnection, owner: ConnectionOwner) => void connections.push({ connection, owner }),
  };
  const pool = new Pool<Tenancy>({
    clock: life,
    log,
    launcher,
    settings: { ...SETTINGS, ...settings },
    unreservedConcurrency: () => setup.unreserved ?? 1000,
    openTenancy: (invocable, sandbox, purpose) => new Tenancy(tenancyParts, { invocable, sandbox, purpose }),
  });
  const invocations = createInvocations({
    clock: life,
    log,
    pool,
    store: {
      deliveries: mortal(deliveries, life),
      changed: (_topic, listener) => deliveries.changed(() => void (life.dead || listener())),
    },
    invocables: {
      async resolve(_scope, { name }) {
        const found = known.get(name);
        if (found === undefined) throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
        if (unready.has(name))
          throw new ApiError('ResourceConflictException', 'The function is currently in the following state: Failed');
        return found;
      },
      eventInvokeSettings: async (_scope, { name }) => known.get(name)?.eventInvoke,
      onRetired(listener) {
        retiredListeners.add(listener);
        return () => void retiredListeners.delete(listener);
      },
      onExpected: () => () => undefined,
      provisionedConcurrency: {
        async *functions() {},
        targets: async () => [],
        onChanged: () => undefined,
      },
    },
    usage: { record: (record) => void (life.dead || records.push(record)) },
    beginDurable: async (event) => void begun.push(event),
  });

  return {
    /** Events that have become durable executions. */
    begun,
    clock,
    connections,
    deliveries,
    invocations,
    known,
    /** Names of functions that are there and cannot run. */
    unready,
    launcher,
    log,
    /** As `kill -9` would end it: nothing of it is ever heard of again. */
    perish: () => life.perish(),
    perished: () => life.dead,
    pool,
    records,
    sessions,
    streams,
    requestId: () => random.uuid() as RequestId,
    retire: (instanceKey: string) => Promise.all([...retiredListeners].map(async (listener) => listener(instanceKey))),
    /** The texts of all streams, in the order in which they were opened. */
    logged: () => [...streams.values()].flatMap(({ lines }) => lines.map(({ text }) => text)),
    invoke: (
      name: string,
      payload: unknown = {},
      more: Pick<Partial<SynchronousCall>, 'wantsTail' | 'onStream' | 'traceHeader'> = {},
    ) => {
      const found = known.get(name);
      if (found === undefined) throw new Error(`no function ${name}`);
      const requestId = random.uuid() as RequestId;
      return clock.until(
        invocations.invoke({ requestId, invocable: found, payload: Buffer.from(JSON.stringify(payload)), ...more }),
      );
    },
  };
}

/** A dead process asks the store for nothing, and hears no answer. */
function mortal(deliveries: MemoryDeliveries, life: MortalClock): MemoryDeliveries {
  return new Proxy(deliveries, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]): Promise<unknown> => {
        if (life.dead) return new Promise(() => undefined);
        const result: unknown = await Reflect.apply(member, target, parameters);
        return life.dead ? new Promise(() => undefined) : result;
      };
    },
  });
}
