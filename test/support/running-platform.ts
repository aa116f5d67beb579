// The whole platform, really running on a free port with real sandboxes, and the SDK's client for its functions.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateFunctionCommandInput, InvokeCommandInput } from '@aws-sdk/client-lambda';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { startPlatform } from '../../src/main.ts';
import { detectIsolation } from '#sandbox';
import { zipOf } from './zip.ts';

export const ROOT = { accessKeyId: 'AKIAMAYFLYTESTS00000', secretAccessKey: 'a-secret-for-tests-only' };
export const ROLE = 'arn:aws:iam::000000000000:role/tests';
export const REGION = 'us-east-1';

export type RunningPlatform = Awaited<ReturnType<typeof runPlatform>>;

interface Start {
  /** That of an earlier one that was stopped. */
  readonly folder?: string;
  /** Besides what every test has. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Close it at the end of the tests: nothing of it is left then. */
export async function runPlatform({ folder, environment = {} }: Start = {}) {
  const dataFolder = folder ?? (await mkdtemp(join(tmpdir(), 'mayfly-platform-')));
  const isolation = await detectIsolation();
  const platform = await startPlatform({
    host: '127.0.0.1',
    port: 0,
    dataFolder,
    // Where the machine has no bubblewrap, these tests bring only code of their own.
    isolation: isolation.level === undefined ? 'process' : 'auto',
    baseDomain: undefined,
    dev: false,
    environment: {
      MAYFLY_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      MAYFLY_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      MAYFLY_LOG: 'error',
      MAYFLY_DRAIN_SECONDS: '1',
      ...environment,
    },
  });
  const lambda = new LambdaClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });

  return {
    ...platform,
    lambda,
    /** Creates a function from the source of its handler module and waits until it is active. */
    async deploy(name: string, source: string, more: Partial<CreateFunctionCommandInput> = {}) {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: ROLE,
          Code: { ZipFile: await zipOf({ 'index.mjs': source }) },
          ...more,
        }),
      );
      const waiter = await waitUntilFunctionActiveV2(
        { client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 },
        { FunctionName: name },
      );
      assert.equal(waiter.state, 'SUCCESS');
    },
    async invoke(name: string, payload?: unknown, more: Partial<InvokeCommandInput> = {}) {
      const answer = await lambda.send(
        new InvokeCommand({
          FunctionName: name,
          ...(payload === undefined ? undefined : { Payload: Buffer.from(JSON.stringify(payload)) }),
          ...more,
        }),
      );
      const text = Buffer.from(answer.Payload ?? []).toString();
      return {
        ...answer,
        document: text === '' ? undefined : (JSON.parse(text) as unknown),
        log: answer.LogResult === undefined ? undefined : Buffer.from(answer.LogResult, 'base64').toString(),
      };
    },
    /** Gives a function a URL that everybody may call; the path under which it is reached without DNS. */
    async openUrl(
      name: string,
      more: Omit<ConstructorParameters<typeof CreateFunctionUrlConfigCommand>[0], 'FunctionName' | 'AuthType'> = {},
    ) {
      const { FunctionUrl } = await lambda.send(
        new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: 'NONE', ...more }),
      );
      const principal = { FunctionName: name, Principal: '*' };
      await lambda.send(
        new AddPermissionCommand({
          ...principal,
          StatementId: 'url',
          Action: 'lambda:InvokeFunctionUrl',
          FunctionUrlAuthType: 'NONE',
        }),
      );
      await lambda.send(
        new AddPermissionCommand({
          ...principal,
          StatementId: 'invoke',
          Action: 'lambda:InvokeFunction',
          InvokedViaFunctionUrl: true,
        }),
      );
      return `${platform.endpoint}/_mayfly/url/${urlIdOf(FunctionUrl)}`;
    },
    /** Ends it, and leaves the folder to the next. */
    async stop() {
      lambda.destroy();
      await platform.close();
      return dataFolder;
    },
    async close() {
      lambda.destroy();
      await platform.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** `http://<id>.lambda-url.us-east-1.localhost:4566/` → the id. */
export function urlIdOf(functionUrl: string | undefined): string {
  return new URL(functionUrl ?? '').hostname.split('.')[0] ?? '';
}
