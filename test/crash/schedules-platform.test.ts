// kill -9 around the firing of schedules, on the whole platform: each due time of an acknowledged schedule arrives at its queue. A message may
// come twice, since a queue is told again what may not have reached it; then both name one execution.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { ACCESS_KEY_ID, freePort, SECRET_ACCESS_KEY, startPlatform, type PlatformProcess } from './platform-process.ts';

const ROUNDS = effort(2, 40);
const SCHEDULES = 30;
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:met';
const settings = {
  region: 'us-east-1',
  credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
  maxAttempts: 1,
};

test(`killed ${ROUNDS} times, it meets each due time once`, { timeout: ROUNDS * 60_000 }, async (t) => {
  const dataFolder = temporaryDataFolder(t);
  const port = await freePort();
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const doomed = await startPlatform(t, { dataFolder, port });
    await withQueue(doomed, (sqs) => sqs.send(new CreateQueueCommand({ QueueName: 'met' })));
    const names = await createSchedules(doomed, round);
    // The schedules are due one second after the other; before, during and after that.
    await delay(Math.random() * 3000);
    await doomed.kill();

    const next = await startPlatform(t, { dataFolder, port });
    try {
      const executions = await withQueue(next, (sqs) => receiveAll(sqs, next, new Set(names)));
      for (const name of names) assert.equal(executions.get(name)?.size, 1, `round ${round}: ${name}`);
    } finally {
      assert.equal(await next.stop(), 0);
    }
    acknowledged += names.length;
  }
  assert.equal(acknowledged, ROUNDS * SCHEDULES);
});

/** Due now, and one and two seconds from now. */
async function createSchedules({ endpoint }: PlatformProcess, round: number): Promise<readonly string[]> {
  const client = new SchedulerClient({ endpoint, ...settings });
  try {
    const names = Array.from({ length: SCHEDULES }, (_, index) => `r${round}-s${index}`);
    const nowMs = Date.now();
    await Promise.all(
      names.map((Name, index) =>
        client.send(
          new CreateScheduleCommand({
            Name,
            ScheduleExpression: `at(${new Date(nowMs + (index % 3) * 1000).toISOString().slice(0, 19)})`,
            FlexibleTimeWindow: { Mode: 'OFF' },
            ActionAfterCompletion: 'DELETE',
            Target: {
              Arn: QUEUE,
              RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
              Input: JSON.stringify({ name: Name, execution: '<aws.scheduler.execution-id>' }),
            },
          }),
        ),
      ),
    );
    return names;
  } finally {
    client.destroy();
  }
}

/** Until every name has come; the test's timeout is the bound. What comes twice in that time is seen. */
async function receiveAll(sqs: SQSClient, { endpoint }: PlatformProcess, names: ReadonlySet<string>) {
  const QueueUrl = `${endpoint}/000000000000/met`;
  const executions = new Map<string, Set<string>>();
  const isWhole = () => [...names].every((name) => executions.has(name));
  for (let quiet = false; !isWhole() || !quiet;) {
    const WaitTimeSeconds = isWhole() ? 0 : 20;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }));
    for (const { Body = '{}' } of Messages) {
      const { name, execution } = JSON.parse(Body) as { name: string; execution: string };
      executions.set(name, (executions.get(name) ?? new Set()).add(execution));
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    quiet = Messages.length === 0;
  }
  return executions;
}

async function withQueue<Result>({ endpoint }: PlatformProcess, use: (sqs: SQSClient) => Promise<Result>): Promise<Result> {
  const sqs = new SQSClient({ endpoint, ...settings });
  try {
    return await use(sqs);
  } finally {
    sqs.destroy();
  }
}

/** With what the platform keeps outside of it for its sandboxes. */
function temporaryDataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-schedules-'));
  t.after(() => {
    for (const path of [openDataFolder(folder).work, folder]) rmSync(path, { recursive: true, force: true });
  });
  return folder;
}
