// Queues and buses from the command line: send, queue peek, events tail, and what `ls` shows of them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { runningPlatform, startMayfly } from '../support/mayfly-command.ts';
import type { Ended, RunningPlatform } from '../support/mayfly-command.ts';

const KEYS = {
  MAYFLY_ROOT_ACCESS_KEY_ID: 'AKIACOMMANDTEST00001',
  MAYFLY_ROOT_SECRET_ACCESS_KEY: 'command-test-secret-command-test-secret',
};

test('a message is sent, looked at, and is there to be received for the first time', async (context) => {
  const { platform, sqs } = await withClients(context);
  const { run } = platform;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  const sent = parsed(await run(['send', 'orders', '{"id":1}', '-a', 'colour=blue', '--json']));
  assert.match(String(sent['messageId']), /^[0-9a-f-]{36}$/);
  assert.match(ok(await run(['send', QueueUrl ?? '', '-'], { input: 'from a pipe' })), /^Sent as /);
  ok(await run(['send', 'orders', 'later', '--delay', '10m']));

  for (const look of [1, 2]) {
    const peeked = await run(['queue', 'peek', 'orders']);
    assert.match(ok(peeked), /colour=blue\n\{"id":1\}\n[^\n]+\nfrom a pipe\n$/, `look ${look}`);
    assert.match(peeked.stderr, /2 visible, 0 in flight, 1 delayed/);
  }
  const one = ok(await run(['queue', 'peek', 'orders', '-n', '1', '--json']))
    .trim()
    .split('\n');
  assert.equal(one.length, 1);
  const { receives, body } = JSON.parse(one[0] ?? '') as { readonly receives: number; readonly body: string };
  assert.deepEqual({ receives, body }, { receives: 0, body: '{"id":1}' });
  assert.match(ok(await run(['ls', 'queues'])), /^orders +2 +0 +1$/m);
});

test('a FIFO queue takes a group, and says so when there is none', async (context) => {
  const { platform, sqs } = await withClients(context);
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
  await sqs.send(new CreateQueueCommand({ QueueName: 'steps.fifo', Attributes }));
  const { run } = platform;
  assert.match(String(parsed(await run(['send', 'steps.fifo', 'first', '--group', 'a', '--json']))['sequenceNumber']), /^\d+$/);
  assert.match(ok(await run(['queue', 'peek', 'steps.fifo'])), /group a\nfirst\n$/);
  const refused = await run(['send', 'steps.fifo', 'second', '--json']);
  assert.equal(refused.code, 1);
  assert.equal(JSON.parse(refused.stderr).error, 'MissingParameter');
});

test('mistakes are answered in words', async (context) => {
  const { run } = (await withClients(context)).platform;
  assert.match((await run(['send', 'nothing', 'text'])).stderr, /There is no queue nothing\.\n {2}`mayfly ls queues`/);
  assert.match((await run(['queue', 'peek', 'nothing'])).stderr, /There is no queue nothing\./);
  for (const wrong of [
    ['send', 'orders', 'text', '-a', 'colour'],
    ['send', 'orders', 'text', '--delay', 'soon'],
    ['send', 'orders', '@nowhere.txt'],
    ['queue', 'peek', 'orders', '-n', '1000'],
    ['events', 'tail', '--pattern', '{'],
    ['ls', 'everything'],
  ])
    assert.equal((await run(wrong)).code, 2, wrong.join(' '));
  assert.match((await run(['events', 'tail', 'nothing'])).stderr, /There is no event bus nothing\./);
});

test('events are shown as they come, and Ctrl-C leaves nothing behind', async (context) => {
  const { platform, sqs, events } = await withClients(context);
  const args = ['--data', platform.dataFolder, 'events', 'tail', '--pattern', '{"source":["my.shop"]}'];
  const tail = startMayfly(args, { environment: KEYS });
  context.after(() => void tail.kill('SIGKILL'));
  assert.ok(tail.stdout && tail.stderr);
  const notes = createInterface(tail.stderr)[Symbol.asyncIterator]();
  const rulesOf = async () => (await events.send(new ListRulesCommand({}))).Rules ?? [];
  const queuesOf = async () => (await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
  assert.match(String((await notes.next()).value), /Events of the bus default/);
  assert.equal((await rulesOf()).length, 1);

  const lines = createInterface(tail.stdout)[Symbol.asyncIterator]();
  const entry = (Source: string, id: number) => ({ Source, DetailType: 'Order', Detail: JSON.stringify({ id }) });
  await events.send(new PutEventsCommand({ Entries: [entry('another.shop', 1), entry('my.shop', 2), entry('my.shop', 3)] }));
  const shown = [(await lines.next()).value, (await lines.next()).value].map((line) => String(line).slice('00:00:00'.length));
  assert.deepEqual(shown.toSorted(), ['  my.shop  Order  {"id":2}', '  my.shop  Order  {"id":3}']);

  const exited = once(tail, 'exit');
  tail.kill('SIGINT');
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual([await rulesOf(), await queuesOf()], [[], []]);
});

interface WithClients {
  readonly platform: RunningPlatform;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
}

async function withClients(context: TestContext): Promise<WithClients> {
  const platform = await runningPlatform(context, { environment: KEYS });
  const settings = {
    endpoint: platform.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: KEYS.MAYFLY_ROOT_ACCESS_KEY_ID, secretAccessKey: KEYS.MAYFLY_ROOT_SECRET_ACCESS_KEY },
  };
  return { platform, sqs: new SQSClient(settings), events: new EventBridgeClient(settings) };
}

function ok(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

function parsed(ended: Ended): Record<string, unknown> {
  return JSON.parse(ok(ended)) as Record<string, unknown>;
}
