// A real gateway on port 0 that serves Step Functions and CloudWatch Logs, and the SDKs' clients for them.

import {
  CreateStateMachineCommand,
  SFNClient,
  SFNServiceException,
  type CreateStateMachineCommandInput,
} from '@aws-sdk/client-sfn';
import { createActivities, createMachines, type Executions, type Machines, type MapRuns } from '#executions';
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
  readonly store: Store;
  readonly logs: Logs;
  /** Creates a machine that passes its input on, with a name of its own unless `input` says otherwise. */
  create(input?: Partial<CreateStateMachineCommandInput>): Promise<string>;
  freshName(): string;
  close(): Promise<void>;
}

export const PASS = definitionOf({ Hello: { Type: 'Pass', End: true } });

/** A machine that begins with the first of its states. */
export function definitionOf(states: Readonly<Record<string, object>>, rest: object = {}): string {
  return JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...rest });
}

export function arnOf(kind: string, name: string): string {
  return `arn:aws:states:${SCOPE.region}:${SCOPE.account}:${kind}:${name}`;
}

export async function openSfnService(): Promise<SfnService> {
  const ambient = { clock: realClock, random: realRandom, log: new QuietLog() };
  const opened = await openTemporaryStore(ambient);
  const { store, segments } = opened;
  const logs = createLogs({ store, segments, scopes: [SCOPE], ...ambient });
  await logs.start();
  await logs.groups.create(SCOPE, LOG_GROUP, {});
  const machines = createMachines({ store, logs, scopes: [SCOPE], ...ambient });
  await machines.open();
  const executions = undefined as unknown as Executions;
  const mapRuns = undefined as unknown as MapRuns;
  const activities = createActivities({
    store,
    clock: realClock,
    tasks: { take: async () => undefined, onWaiting: () => () => {} },
  });
  const stateTests = { tasks: { run: async () => ({ kind: 'interrupted' as const }) }, evaluator: undefined, ...ambient };
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
    store,
    logs,
    freshName,
    async create(input = {}) {
      const name = input.name ?? freshName();
      const made = await client.send(new CreateStateMachineCommand({ definition: PASS, roleArn: ROLE_ARN, ...input, name }));
      return made.stateMachineArn ?? '';
    },
    async close() {
      client.destroy();
      await gateway.close();
      activities.close();
      await machines.close();
      await logs.close();
      await opened.close();
    },
  };
}

export const refusalOf = refusalsOf(SFNServiceException);
