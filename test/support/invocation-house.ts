// Pool and invocation over scripted sandboxes, with everything that they write down at hand.

import { ApiError } from '#kernel';
import type { RequestId } from '#kernel';
import { createInvocations, Tenancy } from '#invocation';
import type { ConnectionOwner } from '#invocation';
import type { UsageRecord } from '#ledger';
import type { LogLine } from '#logs';
import { Pool } from '#pool';
import type { PoolSettings } from '#pool';
import type { InvocableFunction } from '../../src/registry/invocable.ts';
import type { FunctionConnection } from '../../src/sandbox/sandbox.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeLauncher } from './fake-launcher.ts';
import type { Script } from './fake-launcher.ts';
import { invocable } from './invocable.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';

const SETTINGS: PoolSettings = {
  memoryMiB: 4096,
  sandboxes: 100,
  launchesAtOnce: 4,
  prewarmedRuntimes: ['nodejs24.x'],
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
  const random = seededRandom(7);
  const launcher = new FakeLauncher(clock, script);
  const records: UsageRecord[] = [];
  const streams = new Map<string, { readonly lines: LogLine[]; closed: boolean }>();
  const sessions = new Set<string>();
  const connections: { readonly connection: FunctionConnection; readonly owner: ConnectionOwner }[] = [];
  const retiredListeners = new Set<(instanceKey: string) => void | Promise<void>>();
  const known = new Map(functions.map((known) => [known.name as string, known]));
  const tenancyParts = {
    clock,
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
    clock,
    log,
    launcher,
    settings: { ...SETTINGS, ...settings },
    unreservedConcurrency: () => setup.unreserved ?? 1000,
    openTenancy: (invocable, sandbox) => new Tenancy(tenancyParts, invocable, sandbox),
  });
  const invocations = createInvocations({
    clock,
    log,
    pool,
    store: { deliveries, changed: (_topic, listener) => deliveries.changed(listener) },
    invocables: {
      async resolve(_scope, { name }) {
        const found = known.get(name);
        if (found === undefined) throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
        return found;
      },
      onRetired(listener) {
        retiredListeners.add(listener);
        return () => void retiredListeners.delete(listener);
      },
    },
    usage: { record: (record) => void records.push(record) },
  });

  return {
    clock,
    connections,
    deliveries,
    invocations,
    known,
    launcher,
    log,
    pool,
    records,
    sessions,
    streams,
    requestId: () => random.uuid() as RequestId,
    retire: (instanceKey: string) => Promise.all([...retiredListeners].map(async (listener) => listener(instanceKey))),
    /** The texts of all streams, in the order in which they were opened. */
    logged: () => [...streams.values()].flatMap(({ lines }) => lines.map(({ text }) => text)),
    invoke: (name: string, payload: unknown = {}, more: { readonly wantsTail?: boolean } = {}) => {
      const found = known.get(name);
      if (found === undefined) throw new Error(`no function ${name}`);
      const requestId = random.uuid() as RequestId;
      return clock.until(
        invocations.invoke({ requestId, invocable: found, payload: Buffer.from(JSON.stringify(payload)), ...more }),
      );
    },
  };
}
