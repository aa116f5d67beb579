// Mayfly itself: a standard state machine of three Lambda tasks, started by StartExecution through the door and waited for; each step's result is in its
// journal, synced, before the next begins. And machines without tasks, for what a transition costs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { NODE_FLAGS } from '../../bin/node-flags.mjs';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { zipOf } from '../../test/support/zip.ts';
import { median } from '../harness.ts';
import { FlowClient } from './client.ts';
import { serve } from './engine.ts';
import type { Engine } from './engine.ts';

export interface Transitions {
  /** States entered and left in a second, by machines of Pass and Choice, 32 at once. */
  readonly passesPerSecond: number;
  /** What a Lambda task's state takes at the end of a history of 25,000 events, beside its beginning. */
  readonly lateOverEarly: number;
}

const ROOT = { accessKeyId: 'AKIAMAYFLYFLOWS00000', secretAccessKey: 'a-secret-for-benchmarks-only' };
const REGION = 'us-east-1';
const ROLE = 'arn:aws:iam::000000000000:role/bench';
/** The published package's, where it is named: a bundle needs less memory than sources that are read as they are. */
const COMMAND = process.env['MAYFLY_BENCH_COMMAND'] ?? fileURLToPath(new URL('../../bin/mayfly.mjs', import.meta.url));
const STEP = 'export const handler = async (n) => n + 1;';
/** Of Pass and Choice alone: as many states as a history holds. */
const LOOPS = 3000;
/** Of a Lambda task and a choice: 8 events each time round. */
const TASK_LOOPS = 3000;

await serve(await openMayfly());

async function openMayfly(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-flows-'));
  const platform = spawn(process.execPath, [...NODE_FLAGS, COMMAND, 'up', '--port', '0', '--data', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      MAYFLY_LOG: 'error',
      MAYFLY_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      MAYFLY_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    },
  });
  const { value } = await createInterface({ input: platform.stdout })[Symbol.asyncIterator]().next();
  assert(typeof value === 'string', 'the platform did not start');
  const { endpoint } = JSON.parse(value) as { readonly endpoint: string };
  const settings = { endpoint, region: REGION, credentials: ROOT };
  const functionArn = await deploy(new LambdaClient(settings));
  const sfn = new SFNClient(settings);
  const client = new FlowClient(endpoint, settings);
  await client.open();
  const three = await create(sfn, 'three', threeTasks(functionArn));
  return {
    processes: () => [platform.pid ?? 0],
    async run() {
      assert.equal(await client.result(three, '0'), '3');
    },
    others: { transitions: () => transitions({ sfn, client, functionArn }) },
    async close() {
      sfn.destroy();
      client.close();
      platform.kill('SIGTERM');
      await once(platform, 'close');
      rmSync(openDataFolder(folder).work, { recursive: true, force: true });
      rmSync(folder, { recursive: true });
    },
  };
}

async function deploy(lambda: LambdaClient): Promise<string> {
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'step',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      MemorySize: 1769,
      Code: { ZipFile: await zipOf({ 'index.mjs': STEP }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: 'step' });
  lambda.destroy();
  return FunctionArn;
}

async function create(sfn: SFNClient, name: string, definition: object): Promise<string> {
  const command = new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) });
  return (await sfn.send(command)).stateMachineArn ?? '';
}

function threeTasks(functionArn: string): object {
  const task = { Type: 'Task', Resource: functionArn };
  return {
    StartAt: 'One',
    States: { One: { ...task, Next: 'Two' }, Two: { ...task, Next: 'Three' }, Three: { ...task, End: true } },
  };
}

/** Goes round as often as its input says. */
function loop(body: object): object {
  return {
    StartAt: 'Body',
    States: {
      Body: { ...body, Next: 'Again' },
      Again: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThanPath: '$.of', Next: 'Body' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    },
  };
}

interface Tools {
  readonly sfn: SFNClient;
  readonly client: FlowClient;
  readonly functionArn: string;
}

async function transitions({ sfn, client, functionArn }: Tools): Promise<Transitions> {
  const passes = await create(
    sfn,
    'passes',
    loop({ Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)', 'of.$': '$.of' } }),
  );
  const tasks = await create(sfn, 'tasks', loop({ Type: 'Task', Resource: functionArn, InputPath: '$.n', ResultPath: '$.n' }));
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: 32 }, () => client.result(passes, JSON.stringify({ n: 0, of: LOOPS }))));
  const passesPerSecond = (32 * 2 * LOOPS * 1000) / (performance.now() - beganMs);
  const ratios: number[] = [];
  for (let round = 0; round < 3; round++)
    ratios.push(await lateOverEarly(sfn, await client.end(tasks, JSON.stringify({ n: 0, of: TASK_LOOPS }))));
  return { passesPerSecond, lateOverEarly: median(ratios) };
}

async function lateOverEarly(sfn: SFNClient, executionArn: string): Promise<number> {
  const edge = async (reverseOrder: boolean) => {
    const { events = [] } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, reverseOrder, includeExecutionData: false }),
    );
    const times = events.map(({ timestamp }) => timestamp?.getTime() ?? 0);
    return Math.abs((times.at(-1) ?? 0) - (times[0] ?? 0));
  };
  return (await edge(true)) / (await edge(false));
}
