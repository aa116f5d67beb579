// Dead-letter queues, and message move tasks that bring messages back.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CancelMessageMoveTaskCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SendMessageBatchCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const arnOf = (url: string) => `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`;

/** A queue whose messages are moved away after one receive. */
async function pair(attributes: Readonly<Record<string, string>> = {}) {
  const dead = await service.queue(attributes);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 });
  return { dead, live: await service.queue({ ...attributes, RedrivePolicy }) };
}

/** As many messages as dead letters. */
async function deadLetters(count: number) {
  const queues = await pair();
  for (let sent = 0; sent < count; sent += 10) {
    const Entries = Array.from({ length: Math.min(10, count - sent) }, (_, at) => ({ Id: `${at}`, MessageBody: `${sent + at}` }));
    await service.client.send(new SendMessageBatchCommand({ QueueUrl: queues.live, Entries }));
  }
  for (let received = 0; received < count;) received += (await service.receive(queues.live, { VisibilityTimeout: 0 })).length;
  assert.deepEqual(await service.receive(queues.live, { VisibilityTimeout: 0 }), []);
  return queues;
}

const start = async (input: StartMessageMoveTaskCommandInput) =>
  (await service.client.send(new StartMessageMoveTaskCommand(input))).TaskHandle ?? '';
const tasks = async (url: string, MaxResults?: number) =>
  (await service.client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(url), MaxResults }))).Results ?? [];
const visible = async (QueueUrl: string) => {
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await service.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes?.['ApproximateNumberOfMessages']);
};

describe('dead-letter queues', () => {
  test('a message that is received once too often is found there, and wakes whoever waits there', async () => {
    const { live, dead } = await pair();
    const id = await service.send(live, 'poison', { MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } });
    const [first] = await service.receive(live, { VisibilityTimeout: 0, AttributeNames: ['All'] });
    const waiting = service.receive(dead, { WaitTimeSeconds: 20, AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    await service.receive(dead);
    assert.deepEqual(await service.receive(live), []);
    const [letter] = await waiting;
    assert.equal(letter?.MessageId, id);
    assert.equal(letter?.Body, 'poison');
    assert.deepEqual(letter?.MessageAttributes, { a: { DataType: 'String', StringValue: 'x' } });
    assert.equal(letter?.Attributes?.['DeadLetterQueueSourceArn'], arnOf(live));
    assert.equal(letter?.Attributes?.['SentTimestamp'], first?.Attributes?.['SentTimestamp']);
    assert.equal(letter?.Attributes?.['ApproximateReceiveCount'], '2');
  });

  test('a group of a FIFO queue goes on without it', async () => {
    const { live, dead } = await pair({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    for (const body of ['poison', 'good']) await service.send(live, body, { MessageGroupId: 'g' });
    assert.equal((await service.receive(live, { MaxNumberOfMessages: 1, VisibilityTimeout: 0 }))[0]?.Body, 'poison');
    assert.deepEqual(
      (await service.receive(live)).map(({ Body }) => Body),
      ['good'],
    );
    const [letter] = await service.receive(dead, { AttributeNames: ['All'] });
    assert.equal(letter?.Body, 'poison');
    assert.equal(letter?.Attributes?.['MessageGroupId'], 'g');
  });

  test('knows its sources, by pages', async () => {
    const { dead } = await pair();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 3 });
    await service.queue({ RedrivePolicy });
    await service.queue({ RedrivePolicy });
    const list = (input: object) => service.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead, ...input }));
    assert.equal((await list({})).queueUrls?.length, 3);
    const first = await list({ MaxResults: 2 });
    assert.equal(first.queueUrls?.length, 2);
    assert.equal((await list({ MaxResults: 2, NextToken: first.NextToken })).queueUrls?.length, 1);
    assert.deepEqual((await list({ QueueUrl: await service.queue() })).queueUrls, []);
    assert.deepEqual(await refusalOf(list({ QueueUrl: `${dead}-not` })), NO_QUEUE);
  });
});

describe('message move tasks', () => {
  test('bring every message back to where it came from, as a new one', async () => {
    const { live, dead } = await deadLetters(3);
    const letters = await service.receive(dead, { VisibilityTimeout: 0 });
    await start({ SourceArn: arnOf(dead) });
    const back = new Set<string>();
    while (back.size < 3) {
      for (const message of await service.receive(live, { WaitTimeSeconds: 10, AttributeNames: ['All'] })) {
        back.add(message.Body ?? '');
        assert(!letters.some(({ MessageId }) => MessageId === message.MessageId));
        assert.equal(message.Attributes?.['ApproximateReceiveCount'], '1');
      }
    }
    assert.deepEqual([...back].sort(), ['0', '1', '2']);
    assert.equal(await visible(dead), 0);
  });

  test('bring them elsewhere, no faster than is asked for, and can be cancelled', async () => {
    const { dead } = await deadLetters(20);
    const elsewhere = await service.queue();
    const handle = await start({ SourceArn: arnOf(dead), DestinationArn: arnOf(elsewhere), MaxNumberOfMessagesPerSecond: 1 });
    await service.receive(elsewhere, { WaitTimeSeconds: 10 });
    const [running] = await tasks(dead);
    assert.deepEqual(
      { ...running, ApproximateNumberOfMessagesMoved: 0, StartedTimestamp: 0 },
      {
        TaskHandle: handle,
        Status: 'RUNNING',
        SourceArn: arnOf(dead),
        DestinationArn: arnOf(elsewhere),
        MaxNumberOfMessagesPerSecond: 1,
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: 20,
        StartedTimestamp: 0,
      },
    );
    assert.match((await refusalOf(start({ SourceArn: arnOf(dead) }))).message, /Only one active task is allowed/);
    const moved =
      (await service.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }))).ApproximateNumberOfMessagesMoved ?? 0;
    assert(moved >= 1 && moved < 20);
    const [cancelled] = await tasks(dead);
    assert.match(cancelled?.Status ?? '', /^CANCELL/);
    assert.equal(cancelled?.TaskHandle, undefined);
    const again = await refusalOf(service.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })));
    assert.deepEqual([again.name, again.status], ['ResourceNotFoundException', 404]);
  });

  test('fail when nobody knows where a message came from', async () => {
    const { dead } = await pair();
    await service.send(dead, 'stray');
    await start({ SourceArn: arnOf(dead) });
    let [task] = await tasks(dead);
    while (task?.Status === 'RUNNING') [task] = await tasks(dead, 10);
    assert.deepEqual([task?.Status, task?.FailureReason], ['FAILED', 'CouldNotDetermineMessageSource']);
    assert.equal(await visible(dead), 1);
  });

  test('are refused for what is no dead-letter queue', async () => {
    const { live, dead } = await pair();
    const fifo = await service.queue({ FifoQueue: 'true' });
    assert.match((await refusalOf(start({ SourceArn: arnOf(live) }))).message, /must be configured as a Dead Letter Queue/);
    assert.equal((await refusalOf(start({ SourceArn: `${arnOf(dead)}-not` }))).name, 'ResourceNotFoundException');
    assert.equal(
      (await refusalOf(start({ SourceArn: arnOf(dead), DestinationArn: `${arnOf(live)}-not` }))).name,
      'ResourceNotFoundException',
    );
    assert.match((await refusalOf(start({ SourceArn: arnOf(dead), DestinationArn: arnOf(fifo) }))).message, /same type/);
    assert.match((await refusalOf(start({ SourceArn: arnOf(dead), DestinationArn: arnOf(dead) }))).message, /cannot be the same/);
    assert.match((await refusalOf(start({ SourceArn: 'x' }))).message, /SourceArn/);
    assert.match(
      (await refusalOf(start({ SourceArn: arnOf(dead), MaxNumberOfMessagesPerSecond: 501 }))).message,
      /Must be between 1 and 500/,
    );
    assert.match(
      (await refusalOf(service.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'x' })))).message,
      /TaskHandle/,
    );
  });
});
