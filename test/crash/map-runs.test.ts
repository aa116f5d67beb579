// kill -9 in the middle of a distributed map, on the whole platform: every item is worked on, results stand in the order of the items, and no child is
// there twice. A message may come twice, since a task is started at least once.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { ACCESS_KEY_ID, freePort, SECRET_ACCESS_KEY, startPlatform, type PlatformProcess } from './platform-process.ts';

const ROUNDS = effort(1, 40);
const TYPES = ['STANDARD', 'EXPRESS'] as const;
const ITEMS = 200;
const roleArn = 'arn:aws:iam::000000000000:role/flow';
const settings = {
  region: 'us-east-1',
  credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
  maxAttempts: 1,
};

test(
  `killed ${ROUNDS} times in the middle of a map run, each item is worked on, and the results are whole`,
  { timeout: ROUNDS * 60_000 },
  async (t) => {
    const dataFolder = temporaryDataFolder(t);
    const port = await freePort();
    for (let round = 0; round < ROUNDS; round += 1) {
      const doomed = await startPlatform(t, { dataFolder, port });
      const runs = await Promise.all(TYPES.map((type) => begin(doomed, type, round)));
      const enough = 1 + Math.floor(Math.random() * ITEMS * 0.7);
      await Promise.all(runs.map((run) => receive(doomed, run, enough)));
      await doomed.kill();

      const next = await startPlatform(t, { dataFolder, port });
      try {
        for (const run of runs) {
          await receive(next, run, ITEMS);
          await examine(next, run);
        }
      } finally {
        assert.equal(await next.stop(), 0);
      }
    }
  },
);

function itemsOf(): readonly number[] {
  return Array.from({ length: ITEMS }, (_, index) => index);
}

interface Run {
  readonly type: (typeof TYPES)[number];
  readonly queue: string;
  readonly executionArn: string;
  /** Items of which a message has come. */
  readonly seen: Set<number>;
}

async function begin({ endpoint }: PlatformProcess, type: Run['type'], round: number): Promise<Run> {
  const QueueName = `${type}-${round}`;
  await using(new SQSClient({ endpoint, ...settings }), (sqs) => sqs.send(new CreateQueueCommand({ QueueName })));
  const Tell = {
    Type: 'Task',
    Resource: 'arn:aws:states:::sqs:sendMessage',
    Parameters: { QueueUrl: `${endpoint}/000000000000/${QueueName}`, MessageBody: { 'item.$': '$' } },
    ResultPath: null,
    End: true,
  };
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: type },
    StartAt: 'Tell',
    States: { Tell },
  };
  const Each = { Type: 'Map', Label: 'each', MaxConcurrency: 20, ItemProcessor, End: true };
  const definition = JSON.stringify({ StartAt: 'Each', States: { Each } });
  return using(new SFNClient({ endpoint, ...settings }), async (sfn) => {
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: QueueName, definition, roleArn }));
    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'run', input: JSON.stringify(itemsOf()) }));
    return { type, queue: QueueName, executionArn: started.executionArn ?? '', seen: new Set() };
  });
}

/** Until the items of so many messages are known; the test's timeout is the bound. Messages stay in the queue, hidden, until they are seen again. */
async function receive({ endpoint }: PlatformProcess, { queue, seen }: Run, count: number): Promise<void> {
  const QueueUrl = `${endpoint}/000000000000/${queue}`;
  await using(new SQSClient({ endpoint, ...settings }), async (sqs) => {
    while (seen.size < count) {
      const ask = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
      for (const { Body = '{}' } of (await sqs.send(ask)).Messages ?? []) seen.add((JSON.parse(Body) as { item: number }).item);
    }
  });
}

async function examine({ endpoint }: PlatformProcess, { executionArn, type }: Run): Promise<void> {
  await using(new SFNClient({ endpoint, ...settings }), async (sfn) => {
    let execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    for (; execution.status === 'RUNNING'; execution = await sfn.send(new DescribeExecutionCommand({ executionArn })))
      await delay(25);
    assert.equal(execution.status, 'SUCCEEDED', execution.cause);
    assert.deepEqual(JSON.parse(execution.output ?? ''), itemsOf());
    const { mapRuns: [run] = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    const { executionCounts, status } = await sfn.send(new DescribeMapRunCommand({ mapRunArn: run?.mapRunArn }));
    assert.deepEqual([status, executionCounts?.succeeded, executionCounts?.total], ['SUCCEEDED', ITEMS, ITEMS]);
    if (type === 'EXPRESS') return;
    const children: string[] = [];
    for await (const page of paginateListExecutions({ client: sfn }, { mapRunArn: run?.mapRunArn }))
      children.push(...(page.executions ?? []).map(({ name = '' }) => name));
    assert.equal(children.length, ITEMS);
    assert.equal(new Set(children).size, ITEMS);
  });
}

async function using<Client extends { destroy(): void }, Result>(
  client: Client,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

/** With what the platform keeps outside of it for its sandboxes. */
function temporaryDataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-map-crash-'));
  t.after(() => {
    for (const path of [openDataFolder(folder).work, folder]) rmSync(path, { recursive: true, force: true });
  });
  return folder;
}
