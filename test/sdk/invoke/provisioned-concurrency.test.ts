// Provisioned concurrency on the real platform: instances are warm before anybody says READY, follow their alias, and are back after a restart.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAliasCommand,
  GetProvisionedConcurrencyConfigCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

/** Says when it was loaded, and how. */
const SOURCE = `
  const loadedAtMs = Date.now();
  if (process.env.BROKEN) throw new Error('it does not load');
  export const handler = async () => ({ loadedAtMs, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, greeting: process.env.GREETING });`;

interface Answer {
  readonly loadedAtMs: number;
  readonly type: string;
  readonly greeting: string;
}

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

const update = async (variables: Record<string, string>) => {
  await platform.lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'ready', Environment: { Variables: variables } }),
  );
  await waitUntilFunctionUpdatedV2(
    { client: platform.lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 },
    { FunctionName: 'ready' },
  );
};
const publish = async () => (await platform.lambda.send(new PublishVersionCommand({ FunctionName: 'ready' }))).Version;
const put = (Qualifier: string, ProvisionedConcurrentExecutions: number) =>
  platform.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName: 'ready', Qualifier, ProvisionedConcurrentExecutions }),
  );

async function until(Qualifier: string, status: string) {
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 25))) {
    const config = await platform.lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: 'ready', Qualifier }));
    if (config.Status === status) return config;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(config)}`);
  }
}

const invoke = async (Qualifier: string) =>
  (await platform.invoke('ready', {}, { Qualifier, LogType: 'Tail' })) as {
    readonly document: Answer;
    readonly log: string | undefined;
  };

test('READY means that the handler is loaded, and its first call finds it so', async () => {
  await platform.deploy('ready', SOURCE, { Environment: { Variables: { GREETING: 'one' } } });
  assert.equal(await publish(), '1');
  await platform.lambda.send(new CreateAliasCommand({ FunctionName: 'ready', Name: 'live', FunctionVersion: '1' }));
  assert.equal((await put('live', 2)).Status, 'IN_PROGRESS');
  const { AvailableProvisionedConcurrentExecutions: available } = await until('live', 'READY');
  assert.equal(available, 2);
  const readyAtMs = Date.now();
  const { document, log } = await invoke('live');
  assert.ok(document.loadedAtMs <= readyAtMs);
  assert.equal(document.type, 'provisioned-concurrency');
  assert.doesNotMatch(log ?? '', /Init Duration/, 'nothing of it is billed to the call');
});

test('calls beyond that run on instances that are started for them', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => invoke('live')));
  assert.ok(answers.every(({ document }) => document.greeting === 'one'));
  assert.equal((await until('live', 'READY')).AvailableProvisionedConcurrentExecutions, 2);
});

test('they follow their alias to its new version', async () => {
  await update({ GREETING: 'two' });
  assert.equal(await publish(), '2');
  await platform.lambda.send(new UpdateAliasCommand({ FunctionName: 'ready', Name: 'live', FunctionVersion: '2' }));
  await until('live', 'READY');
  const { document } = await invoke('live');
  assert.equal(document.greeting, 'two');
  assert.equal(document.type, 'provisioned-concurrency');
});

test('a version that does not load FAILED, with a reason', async () => {
  await update({ BROKEN: 'yes' });
  assert.equal(await publish(), '3');
  await put('3', 1);
  const { StatusReason, AvailableProvisionedConcurrentExecutions: available } = await until('3', 'FAILED');
  assert.match(StatusReason ?? '', /Loading the handler failed/);
  assert.equal(available, 0);
});

test('after a restart they are brought up again, before anybody calls', async () => {
  platform = await runPlatform({ folder: await platform.stop() });
  await until('live', 'READY');
  const readyAtMs = Date.now();
  const { document } = await invoke('live');
  assert.ok(document.loadedAtMs <= readyAtMs);
  assert.equal(document.type, 'provisioned-concurrency');
});
