// A real gateway on port 0 that serves Step Functions, and the SDK's client for it: all of the room on a store on the disk, with tasks that do as a test says.

import assert from 'node:assert/strict';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  type CreateStateMachineCommandInput,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
  type StartExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import { createBuckets, type Buckets } from '#buckets';
import { createActivities, createExecutionLog, createExecutions, createMachines, createMapRuns } from '#executions';
import type { Executions, InspectedHttp, Machines, MapRuns, StartedTask, TaskEnd } from '#executions';
import { createLogs, type Logs } from '#logs';
import type { Store } from '#store';
import { sfnHandlers } from '../../src/gateway/sfn/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export { ROOT_KEY } from './one-service.ts';

export const ROLE_ARN = `arn:aws:iam::${SCOPE.account}:role/service-role/flow`;
export const LOG_GROUP = 'flows';
export const LOG_GROUP_ARN = `arn:aws:logs:${SCOPE.region}:${SCOPE.account}:log-group:${LOG_GROUP}:*`;

export interface SfnService {
  readonly client: SFNClient;
  readonly endpoint: string;
  readonly machines: Machines;
  readonly executions: Executions;
  readonly buckets: Buckets;
  readonly store: Store;
  readonly logs: Logs;
  /** Creates a machine that passes its input on, with a name of its own unless `input` says otherwise. */
  create(input?: Partial<CreateStateMachineCommandInput>): Promise<string>;
  start(stateMachineArn: string, input?: Omit<StartExecutionCommandInput, 'stateMachineArn'>): Promise<string>;
  /** As DescribeExecution answers when the execution has ended. */
  ended(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  history(executionArn: string): Promise<readonly HistoryEvent[]>;
  freshName(): string;
  close(): Promise<void>;
}

export interface SfnServiceOptions {
  /** What tasks do; by default they answer with their input. */
  readonly carryOut?: (task: StartedTask) => Promise<TaskEnd> | TaskEnd;
  /** What an HTTP task that is tested by itself has sent and got. */
  readonly inspected?: InspectedHttp;
  /** By default, tasks can name everything. */
  readonly resourceRefusal?: Parameters<typeof createMachines>[0]['resourceRefusal'];
}

export const PASS = definitionOf({ Hello: { Type: 'Pass', End: true } });

/** A machine that begins with the first of its states. */
export function definitionOf(states: Readonly<Record<string, object>>, rest: object = {}): string {
  return JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...rest });
}

export function arnOf(kind: string, name: string): string {
  return `arn:aws:states:${SCOPE.region}:${SCOPE.account}:${kind}:${name}`;
}

export async function openSfnService(options: SfnServiceOptions = {}): Promise<SfnService> {
  const { carryOut = echo, inspected: http, resourceRefusal = () => undefined } = options;
  const ambient = { clock: realClock, random: realRandom, log: new QuietLog() };
  const opened = await openTemporaryStore(ambient);
  const { store, segments } = opened;
  const logs = createLogs({ store, segments, scopes: [SCOPE], ...ambient });
  await logs.start();
  await logs.groups.create(SCOPE, LOG_GROUP, {});
  const buckets = createBuckets({
    objects: store.objects,
    blobs: opened.blobs,
    ...ambient,
    deliveriesFor: () => [],
    validateDestination: () => Promise.resolve({ kind: 'valid' }),
    sendTestEvents: () => Promise.resolve(),
  });
  const machines = createMachines({ store, logs, scopes: [SCOPE], resourceRefusal, ...ambient });
  await machines.open();
  const executionLog = createExecutionLog({ logs, ...ambient });
  const run = async (task: StartedTask) => carryOut(task);
  let mapRuns: MapRuns | undefined;
  const executions = createExecutions({
    store,
    machines,
    executionLog,
    ...ambient,
    tasks: { run },
    mapRuns: (related) => (mapRuns = createMapRuns({ journals: store.journals, buckets, machines, ...ambient, ...related })),
    statusChanges: { isWanted: () => false, deliveriesOf: () => Promise.resolve([]) },
  });
  assert(mapRuns !== undefined);
  await executions.open();
  await mapRuns.open();
  const activities = createActivities({ store, clock: realClock, tasks: executions.activityTasks });
  const tasks = { test: async (task: StartedTask) => ({ end: await run(task), http }) };
  const stateTests = { tasks, evaluator: undefined, ...ambient };
  const gateway = await openGateway({
    services: { sfn: { handlers: sfnHandlers({ machines, activities, executions, mapRuns, stateTests }) } },
    log: ambient.log,
  });
  // Its client would put `sync-` before the address.
  const client = new SFNClient({ ...gateway.settings, disableHostPrefix: true });
  let names = 0;
  const freshName = (): string => `named-${(names += 1)}`;
  return {
    client,
    endpoint: gateway.endpoint,
    machines,
    executions,
    buckets,
    store,
    logs,
    freshName,
    async create(input = {}) {
      const name = input.name ?? freshName();
      const made = await client.send(new CreateStateMachineCommand({ definition: PASS, roleArn: ROLE_ARN, ...input, name }));
      return made.stateMachineArn ?? '';
    },
    async start(stateMachineArn, input = {}) {
      const started = await client.send(new StartExecutionCommand({ stateMachineArn, ...input }));
      return started.executionArn ?? '';
    },
    async ended(executionArn) {
      const { signal } = new AbortController();
      await executions.finished({ scope: SCOPE, executionArn }, signal);
      return client.send(new DescribeExecutionCommand({ executionArn }));
    },
    async history(executionArn) {
      const events: HistoryEvent[] = [];
      for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) events.push(...(page.events ?? []));
      return events;
    },
    async close() {
      client.destroy();
      await gateway.close();
      activities.close();
      await mapRuns?.close();
      await executions.close(1000);
      executionLog.close();
      await machines.close();
      await buckets.close();
      await logs.close();
      await opened.close();
    },
  };
}

export const refusalOf = refusalsOf(SFNServiceException);

function echo({ command }: StartedTask): TaskEnd {
  return { kind: 'succeeded', output: command.input };
}
