// State machines on a running platform: made, started, waited for, and their histories read, as users do with the SDK.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { REGION, ROLE, ROOT, runPlatform, type RunningPlatform } from './running-platform.ts';

type States = Readonly<Record<string, object>>;

export interface Ended {
  readonly executionArn: string;
  readonly description: DescribeExecutionCommandOutput;
  /** Undefined where it has none. */
  readonly output: unknown;
  readonly events: readonly HistoryEvent[];
}

interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: typeof ROOT;
  readonly maxAttempts: number;
}

export interface RunningFlows {
  readonly platform: RunningPlatform;
  readonly client: SFNClient;
  /** What every client of this platform is made with. */
  readonly settings: ClientSettings;
  /** The ARN of a machine that begins with the first of the states. */
  machine(states: States, type?: 'STANDARD' | 'EXPRESS'): Promise<string>;
  start(stateMachineArn: string, input?: unknown): Promise<string>;
  ended(executionArn: string): Promise<Ended>;
  /** The first event of a type, when it is there. */
  event(executionArn: string, type: string): Promise<HistoryEvent>;
  /** All of it: one machine of its own, started and waited for. */
  run(states: States, input?: unknown): Promise<Ended>;
  /** Ends it, and answers the folder, for the next. */
  stop(): Promise<string>;
  close(): Promise<void>;
}

const WITHIN_MS = 30_000;

/** `folder`: that of an earlier one that was stopped. */
export async function runFlows(environment: NodeJS.ProcessEnv = {}, folder?: string): Promise<RunningFlows> {
  const platform = await runPlatform({ environment, ...(folder === undefined ? {} : { folder }) });
  const settings = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  const client = new SFNClient({ ...settings, disableHostPrefix: true });
  let made = 0;
  const history = async (executionArn: string): Promise<readonly HistoryEvent[]> => {
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) events.push(...(page.events ?? []));
    return events;
  };
  const flows: RunningFlows = {
    platform,
    client,
    settings,
    async machine(states, type = 'STANDARD') {
      const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states });
      const name = `flow-${(made += 1)}`;
      const created = await client.send(new CreateStateMachineCommand({ name, definition, type, roleArn: ROLE }));
      return created.stateMachineArn ?? '';
    },
    async start(stateMachineArn, input = {}) {
      const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
      return started.executionArn ?? '';
    },
    async ended(executionArn) {
      const description = await asked(async () => {
        const found = await client.send(new DescribeExecutionCommand({ executionArn }));
        return found.status === 'RUNNING' ? undefined : found;
      });
      const output = description.output === undefined ? undefined : (JSON.parse(description.output) as unknown);
      return { executionArn, description, output, events: await history(executionArn) };
    },
    event: (executionArn, type) => asked(async () => (await history(executionArn)).find((event) => event.type === type)),
    run: async (states, input) => flows.ended(await flows.start(await flows.machine(states), input)),
    async stop() {
      client.destroy();
      return platform.stop();
    },
    async close() {
      client.destroy();
      await platform.close();
    },
  };
  return flows;
}

/** Nothing tells a client of the API: it asks until there is an answer, as AWS's own waiters do. */
async function asked<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert(performance.now() < deadline, 'it did not come');
    await pause(10);
  }
}

export function typesOf({ events }: Ended): readonly string[] {
  return events.map(({ type }) => type ?? '');
}

/** What the one event of a type says, texts of JSON read. */
export function detailsOf({ events }: Ended, type: string): Record<string, unknown> {
  const found = events.filter((event) => event.type === type);
  assert.equal(found.length, 1, `${found.length} events ${type}`);
  const member = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  return { ...(found[0] as unknown as Record<string, object>)[member] };
}
