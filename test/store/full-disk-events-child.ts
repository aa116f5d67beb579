// Sends and publishes until a small disk is full, makes room again and goes on; exits with 0 when everything that was acknowledged arrived.
// Usage: node full-disk-events-child.ts <folder>, where <folder> is a disk of its own: see failures.test.ts.

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createGateway } from '#gateway';
import { createKeys } from '#identity';
import { createQueues, parseQueueArn } from '#queues';
import { Courier, courierPorts } from '#sources';
import { openSqliteStore } from '#store';
import { createTopics } from '#topics';
import { snsHandlers } from '../../src/gateway/sns/index.ts';
import { sqsHandlers } from '../../src/gateway/sqs/index.ts';
import { realClock, realRandom as random } from '../../src/main/ambient.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { SCOPE } from './crash-witness.ts';

const folder = process.argv[2] ?? '';
const ballast = join(folder, 'ballast');
writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024));
const key = { accessKeyId: 'AKIAMAYFLYTESTS00000', secretAccessKey: 'a-secret-for-tests-only' };
const FILL = 'x'.repeat(40_000);

const clock = new FakeClock(realClock.now());
const log = new QuietLog();
const store = await openSqliteStore({ folder: join(folder, 'store'), log, onFailure: (failure) => assert.fail(failure) });
const common = { store, clock, random, log };
const queues = createQueues({ ...common, scopes: [SCOPE] });
const topics = createTopics({
  ...common,
  signingKey: () => assert.fail('raw messages are not signed'),
  publicUrl: () => 'http://127.0.0.1',
  hasMail: false,
});
const courier = new Courier({ ...common, ports: courierPorts(carriedTo()) });
const gateway = createGateway({
  services: { sqs: { handlers: sqsHandlers({ queues }) }, sns: { handlers: snsHandlers({ topics }) } },
  identity: createKeys({ account: SCOPE.account, rootKey: key, random }),
  scope: SCOPE,
  clock: realClock,
  random,
  log,
});
topics.start();
courier.start();
const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
const client = { endpoint: `http://127.0.0.1:${port}`, region: SCOPE.region, credentials: key, maxAttempts: 1 };
const sqs = new SQSClient(client);
const sns = new SNSClient(client);

const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'sent' }));
await sqs.send(new CreateQueueCommand({ QueueName: 'published' }));
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'topic' }));
const Attributes = { RawMessageDelivery: 'true' };
await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arnOf('published'), Attributes }));

const acknowledged = { sent: new Set<string>(), published: new Set<string>() };
const send = async (name: string): Promise<void> => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: name + FILL }));
  acknowledged.sent.add(name);
};
const publish = async (name: string): Promise<void> => {
  await sns.send(new PublishCommand({ TopicArn, Message: name + FILL }));
  acknowledged.published.add(name);
};

await untilRefused((number) => Promise.all([send(`sent-${number}`), publish(`published-${number}`)]));
// Each by itself too, and again: whatever the disk still takes, the answer is the same.
await untilRefused((number) => send(`more-${number}`));
await untilRefused((number) => publish(`more-${number}`));
await clock.advance(60_000);

assert(acknowledged.sent.size > 5 && acknowledged.published.size > 5);
rmSync(ballast);
await send('after');
await publish('after');
await arrives('sent', acknowledged.sent);
await arrives('published', acknowledged.published);

sqs.destroy();
sns.destroy();
await gateway.close(1000);
const closed = courier.close(1000);
await clock.advance(1000);
await closed;
await topics.close();
await queues.close();
await store.close();

async function untilRefused(fill: (number: number) => Promise<unknown>): Promise<void> {
  for (let number = 0; number < 1000; number += 1) {
    try {
      await fill(number);
    } catch (error) {
      assert(error instanceof Error);
      assert.equal(error.name, 'ServiceUnavailable', String(error));
      assert.match(error.message, /cannot save or read anything now, and did nothing\. Please try again/);
      return;
    }
  }
  assert.fail('the disk was never full');
}

/** What was on its way when the disk was full comes back when its lease ends, on a clock that is turned for it. */
async function arrives(queue: string, names: ReadonlySet<string>): Promise<void> {
  const address = parseQueueArn(arnOf(queue));
  assert(address !== undefined);
  const missing = new Set(names);
  for (let look = 0; missing.size > 0; look += 1) {
    assert(
      look < 1000,
      `${missing.size} of ${names.size} acknowledged messages never arrived: ${[...missing].slice(0, 3).join(', ')}`,
    );
    const messages = await queues.receive(address, { max: 10, waitMs: 0, visibilitySeconds: 43_200 });
    for (const { body } of messages) missing.delete(body.slice(0, -FILL.length));
    if (messages.length === 0) await clock.advance(1000);
  }
}

function arnOf(queue: string): string {
  return `arn:aws:sqs:${SCOPE.region}:${SCOPE.account}:${queue}`;
}

/** Queues and topics are here; nothing goes anywhere else. */
function carriedTo(): Parameters<typeof courierPorts>[0] {
  const nowhere = new Proxy({}, { get: () => assert.fail('nothing of this goes there') }) as never;
  const others = { registry: nowhere, logs: nowhere, buckets: nowhere, buses: nowhere, http: nowhere, mail: nowhere };
  return { clock, queues, topics, connections: nowhere, executions: nowhere, ...others };
}
