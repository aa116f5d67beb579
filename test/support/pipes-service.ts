// A real gateway on port 0 that serves EventBridge Pipes and nothing else, and the SDK's client for it.

import assert from 'node:assert/strict';
import type { CreatePipeCommandInput } from '@aws-sdk/client-pipes';
import { CreatePipeCommand, PipesClient, PipesServiceException } from '@aws-sdk/client-pipes';
import { createPipes } from '#sources';
import type { Pipes } from '#sources';
import { pipesHandlers } from '../../src/gateway/pipes/index.ts';
import { realClock } from '../../src/main/ambient.ts';
import { openGateway } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

export interface PipesService {
  readonly client: PipesClient;
  readonly pipes: Pipes;
  /** What `DescribePipe` says went wrong. */
  readonly problems: Map<string, string>;
  /** From now on, nobody brings pipes from one state to the next. */
  pause(isPaused: boolean): void;
  /** Nothing is between two states any more. */
  settled(): Promise<void>;
  /** From a queue to a queue, unless it says more. */
  create(name: string, more?: Partial<CreatePipeCommandInput>): Promise<void>;
  close(): Promise<void>;
}

export async function openPipesService(): Promise<PipesService> {
  const opened = await openTemporaryStore({ clock: realClock });
  const pipes = createPipes({
    resources: opened.store.resources,
    queueExists: async (arn) => !arn.endsWith(':missing'),
    clock: realClock,
  });
  const problems = new Map<string, string>();
  const settlings = new Set<Promise<void>>();
  let isPaused = false;
  pipes.onChanged((scope, { record, revision }) => {
    if (!isPaused) settlings.add(pipes.settle(scope, record.name, revision));
  });
  const gateway = await openGateway({
    services: { pipes: { handlers: pipesHandlers({ pipes, pipeProblem: (_scope, name) => problems.get(name) }) } },
    log: new QuietLog(),
  });
  const client = new PipesClient(gateway.settings);
  const settled = async () => void (await Promise.all(settlings));
  return {
    client,
    pipes,
    problems,
    settled,
    pause: (paused) => void (isPaused = paused),
    async create(Name, more = {}) {
      const ends = { Source: at('sqs', 'source'), Target: at('sqs', 'target'), RoleArn: 'arn:aws:iam::000000000000:role/pipes' };
      await client.send(new CreatePipeCommand({ Name, ...ends, ...more }));
      await settled();
    },
    async close() {
      client.destroy();
      await gateway.close();
      await opened.close();
    },
  };
}

export async function assertRefused(call: Promise<unknown>, name: string, message: RegExp, status: number): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof PipesServiceException, String(error));
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status], error.message);
    assert.match(error.message, message);
    return true;
  });
}
