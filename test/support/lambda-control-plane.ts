// A real gateway on port 0 with the Lambda control plane and no other room, and the SDK's client for it.

import assert from 'node:assert/strict';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  LambdaServiceException,
} from '@aws-sdk/client-lambda';
import { createMappings } from '#registry';
import type { Mappings, QueueFacts } from '#registry';
import { codeDownloadRoute, lambdaHandlers } from '../../src/gateway/lambda/index.ts';
import { realClock } from '../../src/main/ambient.ts';
import { openGateway } from './one-service.ts';
import type { TemporaryRegistry, TemporaryRegistryOptions } from './temporary-registry.ts';
import { openTemporaryRegistry, ROLE, trueRandom } from './temporary-registry.ts';
import { zipOf } from './zip.ts';

export interface LambdaControlPlane extends TemporaryRegistry {
  readonly client: LambdaClient;
  readonly endpoint: string;
  readonly mappings: Mappings;
  /** What is known of queues, by ARN. */
  readonly queues: Map<string, QueueFacts>;
  /** Creates a function and waits until it is active. */
  deploy(name: string, overrides?: Partial<ConstructorParameters<typeof CreateFunctionCommand>[0]>): Promise<FunctionConfiguration>;
  /** Waits until nothing goes on in the background, then says what the function is. */
  settled(name: string, qualifier?: string): Promise<FunctionConfiguration>;
}

export const HELLO = { 'index.mjs': 'export const handler = async (event) => ({ hello: event.name });' };

export async function openLambdaControlPlane(options: TemporaryRegistryOptions = {}): Promise<LambdaControlPlane> {
  const opened = await openTemporaryRegistry({ clock: realClock, ...options });
  const { registry } = opened;
  const functionUrl = (urlId: string, region: string) => `http://${urlId}.lambda-url.${region}.localhost:4566/`;
  // Nobody makes it true here.
  const provisionedState = () => ({ allocated: 0, available: 0, failure: undefined });
  const queues = new Map<string, QueueFacts>();
  const mappings = createMappings({
    resources: opened.store.resources,
    functionVersion: (scope, target) => registry.functions.get(scope, target),
    queue: (_scope, arn) => Promise.resolve(queues.get(arn)),
    clock: realClock,
    random: trueRandom,
  });
  const rooms = { registry, functionUrl, provisionedState, mappings, mappingResult: () => undefined };
  const gateway = await openGateway({
    services: { lambda: { handlers: lambdaHandlers(rooms) } },
    log: opened.log,
    routes: [codeDownloadRoute(registry)],
  });
  const client = new LambdaClient(gateway.settings);

  async function settled(name: string, qualifier?: string): Promise<FunctionConfiguration> {
    await registry.idle();
    return client.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: qualifier }));
  }

  return {
    ...opened,
    client,
    endpoint: gateway.endpoint,
    mappings,
    queues,
    settled,
    async deploy(name, overrides = {}) {
      const required = { FunctionName: name, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE } as const;
      await client.send(new CreateFunctionCommand({ ...required, Code: { ZipFile: await zipOf(HELLO) }, ...overrides }));
      return settled(name);
    },
    async close() {
      client.destroy();
      await gateway.close();
      await opened.close();
    },
  };
}

/** Asserts the error's name, its message and, where given, its status. */
export async function assertRefused(
  call: Promise<unknown>,
  name: string,
  message: RegExp | string,
  status?: number,
): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof LambdaServiceException, String(error));
    assert.equal(error.name, name, error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    if (status !== undefined) assert.equal(error.$metadata.httpStatusCode, status);
    return true;
  });
}

export const arnOf = (name: string, qualifier?: string) =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;
