// A durable function whose platform is killed while it waits: what it had recorded is not done again, and what comes after the wait is done.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { detectIsolation } from '#sandbox';
import { durableBundle } from '../support/durable-functions.ts';
import { zipOf } from '../support/zip.ts';
import { ACCESS_KEY_ID, freePort, SECRET_ACCESS_KEY, startPlatform } from './platform-process.ts';

const ROLE = 'arn:aws:iam::000000000000:role/tests';

const PURCHASE = `
  import { withDurableExecution } from '@aws/durable-execution-sdk-js';
  import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
  const sqs = new SQSClient({});
  export const handler = withDurableExecution(async ({ QueueUrl }, context) => {
    const say = (MessageBody) => context.step(MessageBody, () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })).then(() => MessageBody));
    await say('charged');
    await say('told');
    await context.wait({ seconds: 3 });
    await say('sent');
    return 'done';
  });
`;

test('a purchase is charged once, however its platform dies', async (t) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-crash-'));
  t.after(() => rm(dataFolder, { recursive: true, force: true }));
  const port = await freePort();
  const isolation = (await detectIsolation()).level === undefined ? 'process' : 'auto';
  const first = await startPlatform(t, { dataFolder, port, isolation });
  const client = {
    endpoint: first.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
  };
  const [lambda, sqs] = [new LambdaClient(client), new SQSClient(client)];
  t.after(() => {
    lambda.destroy();
    sqs.destroy();
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'effects' }));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'purchase',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      MemorySize: 256,
      Timeout: 20,
      Code: { ZipFile: await zipOf({ 'index.mjs': await durableBundle(PURCHASE) }) },
      DurableConfig: { ExecutionTimeout: 300 },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 }, { FunctionName: 'purchase' });
  const start = {
    FunctionName: 'purchase:$LATEST',
    DurableExecutionName: 'order-1',
    Payload: Buffer.from(JSON.stringify({ QueueUrl })),
  };
  await lambda.send(new InvokeCommand({ ...start, InvocationType: 'Event' }));

  const effects: (string | undefined)[] = [];
  const hear = async (effect: string) => {
    while (!effects.includes(effect)) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }),
      );
      effects.push(...Messages.map(({ Body }) => Body));
    }
  };
  // The second step has begun, so the first is recorded.
  await hear('told');
  await first.kill();
  const next = await startPlatform(t, { dataFolder, port, isolation });
  // Started again under its name, it is the same purchase, and this call waits for its end.
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand(start));
  assert.deepEqual([Buffer.from(Payload ?? []).toString(), FunctionError], ['"done"', undefined]);
  await hear('sent');
  assert.equal(effects.filter((effect) => effect === 'charged').length, 1);
  assert.equal(effects.filter((effect) => effect === 'sent').length, 1);
  assert.equal(await next.stop(), 0);
});
