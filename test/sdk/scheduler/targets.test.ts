// Schedules on the whole platform: what is due arrives at queues, topics and functions, and what cannot arrive at the dead-letter queue.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient, type Target } from '@aws-sdk/client-scheduler';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { refusalOf, ROLE_ARN } from '../../support/scheduler-service.ts';
import { REGION, ROOT, runPlatform, type RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let scheduler: SchedulerClient;
let sqs: SQSClient;
before(async () => {
  platform = await runPlatform();
  const settings = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  scheduler = new SchedulerClient(settings);
  sqs = new SQSClient(settings);
});
after(async () => {
  scheduler.destroy();
  sqs.destroy();
  await platform.close();
});

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

/** Meets `target` once, at once. */
async function meet(Name: string, target: Partial<Target> & { readonly Arn: string }): Promise<void> {
  const ScheduleExpression = `at(${new Date().toISOString().slice(0, 19)})`;
  const Target = { RoleArn: ROLE_ARN, ...target };
  await scheduler.send(
    new CreateScheduleCommand({
      Name,
      ScheduleExpression,
      Target,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
    }),
  );
}

async function queue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  assert.ok(QueueUrl);
  return `${platform.endpoint}/000000000000/${QueueName}`;
}

/** The next message, however long it takes. */
async function next(QueueUrl: string): Promise<Message> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 20,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages[0] !== undefined) return Messages[0];
  }
}

describe('behaviour', () => {
  test('a queue gets the input with its context, and the schedule is gone', async () => {
    const url = await queue('ticks');
    await meet('to-queue', {
      Arn: arn('sqs', 'ticks'),
      Input: 'attempt <aws.scheduler.attempt-number> of <aws.scheduler.schedule-arn>',
    });
    assert.equal((await next(url)).Body, `attempt 1 of ${arn('scheduler', 'schedule/default/to-queue')}`);
    const gone = await refusalOf(scheduler.send(new GetScheduleCommand({ Name: 'to-queue' })));
    assert.equal(gone.name, 'ResourceNotFoundException');
  });

  test('a FIFO queue gets it in its message group', async () => {
    const url = await queue('ordered.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    await meet('to-fifo', { Arn: arn('sqs', 'ordered.fifo'), Input: 'one', SqsParameters: { MessageGroupId: 'g' } });
    const { Body, Attributes } = await next(url);
    assert.equal(Body, 'one');
    assert.equal(Attributes?.MessageGroupId, 'g');
  });

  test('a universal target sends the message that its input asks for', async () => {
    const url = await queue('universal');
    const MessageAttributes = { colour: { DataType: 'String', StringValue: 'red' } };
    const Input = JSON.stringify({ QueueUrl: url, MessageBody: '<aws.scheduler.execution-id>', MessageAttributes });
    await meet('universal', { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input });
    const message = await next(url);
    assert.match(message.Body ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(message.MessageAttributes?.['colour'], MessageAttributes.colour);
  });

  test('a function is invoked with the input, without a statement in its policy: the role is enough', async () => {
    const url = await queue('from-function');
    await platform.deploy(
      'ticker',
      `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
       const sqs = new SQSClient({});
       export const handler = async (event) => {
         await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: JSON.stringify(event) }));
       };`,
      { Environment: { Variables: { QUEUE_URL: url } } },
    );
    await meet('to-function', { Arn: arn('lambda', 'function:ticker'), Input: '{"tick":"<aws.scheduler.schedule-arn>"}' });
    assert.deepEqual(JSON.parse((await next(url)).Body ?? ''), { tick: arn('scheduler', 'schedule/default/to-function') });
  });

  test('a topic gets it, and hands it on', async () => {
    const sns = new SNSClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
    try {
      const url = await queue('subscribed');
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
      const Attributes = { RawMessageDelivery: 'true' };
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn('sqs', 'subscribed'), Attributes }));
      await meet('to-topic', { Arn: arn('sns', 'news'), Input: 'extra, extra' });
      assert.equal((await next(url)).Body, 'extra, extra');
    } finally {
      sns.destroy();
    }
  });

  test('a bus gets an event, and its rules see it; also through putEvents', async () => {
    const events = new EventBridgeClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
    try {
      const url = await queue('ruled');
      await events.send(new PutRuleCommand({ Name: 'clock', EventPattern: JSON.stringify({ source: ['my.clock'] }) }));
      await events.send(new PutTargetsCommand({ Rule: 'clock', Targets: [{ Id: 'q', Arn: arn('sqs', 'ruled') }] }));
      const event = { Source: 'my.clock', DetailType: 'tick' };
      await meet('to-bus', { Arn: arn('events', 'event-bus/default'), Input: '{"n":1}', EventBridgeParameters: event });
      const { id: _id, time: _time, ...seen } = JSON.parse((await next(url)).Body ?? '') as Record<string, unknown>;
      assert.deepEqual(seen, {
        version: '0',
        source: 'my.clock',
        'detail-type': 'tick',
        account: '000000000000',
        region: 'us-east-1',
        resources: [arn('scheduler', 'schedule/default/to-bus')],
        detail: { n: 1 },
      });
      const Input = JSON.stringify({ Entries: [{ ...event, Detail: '{"n":2}' }] });
      await meet('to-put-events', { Arn: 'arn:aws:scheduler:::aws-sdk:eventbridge:putEvents', Input });
      // The first may still be there, invisible; this is another.
      assert.deepEqual((JSON.parse((await next(url)).Body ?? '') as { detail: object }).detail, { n: 2 });
    } finally {
      events.destroy();
    }
  });

  test('what has no target any more goes to the dead-letter queue, with the reason', async () => {
    const url = await queue('dead');
    await meet('to-nowhere', {
      Arn: arn('sqs', 'nowhere'),
      Input: 'lost <aws.scheduler.execution-id>',
      DeadLetterConfig: { Arn: arn('sqs', 'dead') },
      RetryPolicy: { MaximumRetryAttempts: 0 },
    });
    const { Body, MessageAttributes = {} } = await next(url);
    const said = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));
    assert.equal(Body, `lost ${said['EXECUTION_ID']}`);
    assert.equal(said['SCHEDULE_ARN'], arn('scheduler', 'schedule/default/to-nowhere'));
    assert.equal(said['TARGET_ARN'], arn('sqs', 'nowhere'));
    assert.match(said['ERROR_MESSAGE'] ?? '', /does not exist/);
  });
});
