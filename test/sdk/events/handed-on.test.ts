// What a topic accepted arrives: at queues, at functions that let it in, at servers; and what cannot arrive lies in its dead-letter queue.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

const ACCOUNT = '000000000000';
const arnOf = (service: string, name: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

describe('what a topic accepted', () => {
  let platform: RunningPlatform;
  let sns: SNSClient;
  let sqs: SQSClient;

  before(async () => {
    platform = await runPlatform({ environment: { MAYFLY_HTTP_TARGETS: 'any' } });
    const options = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
    sns = new SNSClient(options);
    sqs = new SQSClient(options);
  });

  after(async () => {
    sns.destroy();
    sqs.destroy();
    await platform.close();
  });

  async function topic(name: string): Promise<string> {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    return TopicArn;
  }

  async function queue(name: string, policy?: object): Promise<string> {
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        ...(policy === undefined ? {} : { Attributes: { Policy: JSON.stringify(policy) } }),
      }),
    );
    return QueueUrl;
  }

  async function received(
    url: string,
    WaitTimeSeconds = 20,
  ): Promise<{ readonly body: string; readonly attributes: object } | undefined> {
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds, MessageAttributeNames: ['All'] }),
    );
    return message && { body: message.Body ?? '', attributes: message.MessageAttributes ?? {} };
  }

  const subscribe = (TopicArn: string, Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
    sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));

  const publish = (TopicArn: string, Message: string) => sns.send(new PublishCommand({ TopicArn, Message }));

  test('arrives in a queue, with a policy that lets it in and without any', async () => {
    const TopicArn = await topic('fan-out');
    const letIn = {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf('sqs', 'with-policy'),
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    };
    const urls = [await queue('with-policy', letIn), await queue('without-policy')];
    for (const name of ['with-policy', 'without-policy'])
      await subscribe(TopicArn, 'sqs', arnOf('sqs', name), { RawMessageDelivery: 'true' });
    await publish(TopicArn, 'hello');
    for (const url of urls) assert.equal((await received(url))?.body, 'hello');
  });

  test('does not arrive in a queue whose policy lets others in, but in its dead-letter queue', async () => {
    const TopicArn = await topic('not-let-in');
    const others = {
      Statement: { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    };
    await queue('closed', others);
    const dead = await queue('closed-dead');
    await subscribe(TopicArn, 'sqs', arnOf('sqs', 'closed'), {
      RawMessageDelivery: 'true',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'closed-dead') }),
    });
    await publish(TopicArn, 'not for you');
    assert.deepEqual(await received(dead), { body: 'not for you', attributes: {} });
  });

  test('runs a function that lets it in, once it does', async () => {
    const TopicArn = await topic('functions');
    const out = await queue('functions-out');
    const dead = await queue('functions-dead');
    await platform.deploy(
      'listener',
      `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
       export async function handler({ Records: [{ Sns }] }) {
         await new SQSClient().send(new SendMessageCommand({ QueueUrl: process.env.OUT, MessageBody: Sns.Message }));
       }`,
      { Environment: { Variables: { OUT: out } } },
    );
    await subscribe(TopicArn, 'lambda', arnOf('lambda', 'function:listener'), {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'functions-dead') }),
    });
    await publish(TopicArn, 'too early');
    assert.match((await received(dead))?.body ?? '', /too early/);
    await platform.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'listener',
        StatementId: 'sns',
        Action: 'lambda:InvokeFunction',
        Principal: 'sns.amazonaws.com',
        SourceArn: TopicArn,
      }),
    );
    await publish(TopicArn, 'in time');
    assert.equal((await received(out))?.body, 'in time');
  });

  test('is kept for a queue that is gone, in the dead-letter queue, and holds nobody else up', async () => {
    const TopicArn = await topic('gone');
    const gone = await queue('gone');
    const dead = await queue('gone-dead');
    const there = await queue('there');
    await subscribe(TopicArn, 'sqs', arnOf('sqs', 'gone'), {
      RawMessageDelivery: 'true',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'gone-dead') }),
    });
    await subscribe(TopicArn, 'sqs', arnOf('sqs', 'there'), { RawMessageDelivery: 'true' });
    await sqs.send(new DeleteQueueCommand({ QueueUrl: gone }));
    await publish(TopicArn, 'kept');
    assert.equal((await received(there))?.body, 'kept');
    assert.equal((await received(dead))?.body, 'kept');
  });

  test('reaches a server that fails first, when it has come back', async (context) => {
    const seen: string[] = [];
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const message = JSON.parse(body) as { readonly Type: string; readonly SubscribeURL?: string; readonly Message: string };
        seen.push(message.Type);
        if (message.Type === 'SubscriptionConfirmation') void fetch(message.SubscribeURL ?? '').then(() => resolve());
        response.writeHead(seen.length === 2 ? 503 : 200).end();
        if (seen.length === 3) server.emit('third', message.Message);
      });
    }).listen(0, '127.0.0.1');
    context.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const TopicArn = await topic('webhooks');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const policy = { healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 3 } };
    await subscribe(TopicArn, 'http', url, { DeliveryPolicy: JSON.stringify(policy) });
    await arrived;
    const third = once(server, 'third');
    await publish(TopicArn, 'to a server');
    assert.deepEqual(await third, ['to a server']);
    assert.deepEqual(seen, ['SubscriptionConfirmation', 'Notification', 'Notification']);
  });

  test('is counted by health, and the doctor names who cannot be reached', async () => {
    const health = (await (await fetch(`${platform.endpoint}/_mayfly/health`)).json()) as {
      readonly status: string;
      readonly events: { readonly failingTargets: number; readonly deadLettered: number; readonly dropped: number };
    };
    assert.equal(health.status, 'ok');
    assert(health.events.failingTargets >= 1 && health.events.deadLettered >= 3);
    assert.equal(health.events.dropped, 0);
  });
});
