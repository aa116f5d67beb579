// A folder whose functions are woken by a queue, a topic, a bus and a clock: deployed, used, changed and removed.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { runningPlatform } from '../support/mayfly-command.ts';
import type { Ended } from '../support/mayfly-command.ts';

const KEYS = {
  MAYFLY_ROOT_ACCESS_KEY_ID: 'AKIACOMMANDTEST00001',
  MAYFLY_ROOT_SECRET_ACCESS_KEY: 'command-test-secret-command-test-secret',
};

/** Says in the queue `seen` who woke it. */
const WOKEN = `
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
export const config = { on: [
  { queue: 'orders', batchSize: 5, deadLetter: 'failed', receives: 2 },
  { topic: 'news' },
  { bus: 'shop', pattern: { source: ['my.shop'] } },
  { schedule: 'cron(0 3 * * ? *)', timeZone: 'Europe/Berlin' },
] };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
export const handler = async (event) => {
  const [record] = event.Records ?? [];
  const from = record?.eventSource ?? record?.EventSource ?? event.source;
  await sqs.send(new SendMessageCommand({ QueueUrl: 'http://queues/000000000000/seen', MessageBody: from }));
};`;

test('a function is woken by all that its config names, and by nothing more when it does not', async (context) => {
  const { run, endpoint } = await runningPlatform(context, { environment: KEYS });
  const folder = mkdtempSync(join(tmpdir(), 'mayfly woken '));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'woken.mjs'), WOKEN);
  writeFileSync(
    join(folder, 'watch.mjs'),
    "export const config = { on: [{ queue: 'seen' }] }; export const handler = async () => 1;",
  );

  const first = ok(await run(['deploy', folder]));
  assert.match(first, /^\+ queue orders {2}dead letters to failed after 2 receives$/m);
  assert.match(first, /^\+ trigger schedule cron\(0 3 \* \* \? \*\) {2}Europe\/Berlin → woken$/m);
  assert.equal(ok(await run(['deploy', folder])).trim(), '= watch, woken  unchanged');
  assert.match(ok(await run(['ls', 'schedules'])), /^mayfly-woken-3 +on +cron\(0 3 \* \* \? \*\) +Europe\/Berlin +woken$/m);
  assert.match(ok(await run(['ls', 'rules'])), /^mayfly-woken-2 +shop +on +\{"source":\["my\.shop"\]\}$/m);
  assert.match(ok(await run(['ls', 'topics'])), /^news +1$/m);

  // From here on the test reads the queue itself.
  rmSync(join(folder, 'watch.mjs'));
  assert.match(ok(await run(['deploy', folder, '--prune'])), /^− trigger queue seen {2}batches of 10 → watch\n− function watch$/m);

  const settings = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: KEYS.MAYFLY_ROOT_ACCESS_KEY_ID, secretAccessKey: KEYS.MAYFLY_ROOT_SECRET_ACCESS_KEY },
  };
  const sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  ok(await run(['send', 'orders', 'one']));
  await new SNSClient(settings).send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:news', Message: 'two' }));
  const Entries = [{ EventBusName: 'shop', Source: 'my.shop', DetailType: 'Order', Detail: '{}' }];
  await new EventBridgeClient(settings).send(new PutEventsCommand({ Entries }));
  const seen = new Set<string>();
  const QueueUrl = `${endpoint}/000000000000/seen`;
  while (seen.size < 3) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }));
    for (const { Body = '' } of Messages) seen.add(Body);
  }
  assert.deepEqual([...seen].toSorted(), ['aws:sns', 'aws:sqs', 'my.shop']);

  writeFileSync(
    join(folder, 'woken.mjs'),
    WOKEN.replace('batchSize: 5', 'batchSize: 7').replace("{ topic: 'news' },", '').replace('cron(0 3 * * ? *)', 'rate(1 hour)'),
  );
  const second = ok(await run(['deploy', folder]));
  assert.match(second, /^~ trigger queue orders {2}batches of 7 → woken$/m);
  assert.match(second, /^− trigger topic news {2}every message → woken$/m);
  assert.match(ok(await run(['ls', 'topics'])), /^news +0$/m);
  // A trigger's place in the list is part of its name: those behind it moved up.
  assert.match(ok(await run(['ls', 'schedules'])), /^mayfly-woken-2 +on +rate\(1 hour\) /m);
  assert.match(ok(await run(['deploy', folder])), /^= woken {2}unchanged$/m);

  rmSync(join(folder, 'woken.mjs'));
  assert.match(ok(await run(['deploy', folder, '--prune'])), /^− function woken$/m);
  const left = JSON.parse(ok(await run(['ls', '--json']))) as Record<string, readonly unknown[]>;
  assert.deepEqual([left['functions'], left['rules'], left['schedules']], [[], [], []]);
  // What holds data stays.
  const AttributeNames = ['RedrivePolicy' as const];
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: `${endpoint}/000000000000/orders`, AttributeNames }),
  );
  assert.match(Attributes?.['RedrivePolicy'] ?? '', /"maxReceiveCount":"?2"?/);
});

function ok(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}
