// FIFO queues: order, deduplication, and receives that are asked for again.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const FIFO = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

async function sendAll(QueueUrl: string, ...messages: readonly (readonly [group: string, body: string])[]) {
  const Entries = messages.map(([MessageGroupId, MessageBody], at) => ({ Id: `${at}`, MessageGroupId, MessageBody }));
  return (await service.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).Successful ?? [];
}

describe('order', () => {
  test('a message says where it stands in the queue, in its group, and by what it is known again', async () => {
    const url = await service.queue(FIFO);
    const sent = await sendAll(url, ['g', 'one'], ['g', 'two']);
    const [first = '', second = ''] = sent.map(({ SequenceNumber }) => SequenceNumber ?? '');
    assert.match(first, /^\d{20}$/);
    assert(second > first);
    const messages = await service.receive(url, { MessageSystemAttributeNames: ['All'] });
    assert.deepEqual(
      messages.map(({ Attributes }) => [
        Attributes?.['SequenceNumber'],
        Attributes?.['MessageGroupId'],
        Attributes?.['MessageDeduplicationId'],
      ]),
      [
        [first, 'g', createHash('sha256').update('one').digest('hex')],
        [second, 'g', createHash('sha256').update('two').digest('hex')],
      ],
    );
  });

  test('a group waits for what is in flight of it, other groups do not', async () => {
    const url = await service.queue(FIFO);
    await sendAll(url, ['a', 'a1'], ['a', 'a2'], ['b', 'b1'], ['b', 'b2']);
    const [a1] = await service.receive(url, { MaxNumberOfMessages: 1 });
    assert.deepEqual(bodies([a1 ?? {}]), ['a1']);
    assert.deepEqual(bodies(await service.receive(url)), ['b1', 'b2']);
    assert.deepEqual(await service.receive(url), []);
    const waiting = service.receive(url, { WaitTimeSeconds: 20 });
    await service.remove(url, a1);
    assert.deepEqual(bodies(await waiting), ['a2']);
  });

  test('what is shown again comes first, and wakes whoever waits', async () => {
    const url = await service.queue(FIFO);
    await sendAll(url, ['a', 'a1'], ['a', 'a2']);
    const [a1] = await service.receive(url, { MaxNumberOfMessages: 1 });
    const waiting = service.receive(url, { WaitTimeSeconds: 20 });
    await service.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: a1?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    assert.deepEqual(bodies(await waiting), ['a1', 'a2']);
  });

  test('a delay that is changed is for what is there, and wakes whoever waits', async () => {
    const url = await service.queue({ ...FIFO, DelaySeconds: '900' });
    await sendAll(url, ['a', 'a1'], ['a', 'a2']);
    const waiting = service.receive(url, { WaitTimeSeconds: 20 });
    await service.client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '0' } }));
    assert.deepEqual(bodies(await waiting), ['a1', 'a2']);
  });

  test('a receipt that ran out deletes nothing, and says so', async () => {
    const url = await service.queue(FIFO);
    await sendAll(url, ['a', 'a1']);
    const [held] = await service.receive(url, { VisibilityTimeout: 1 });
    const [again] = await service.receive(url, { WaitTimeSeconds: 10 });
    const refusal = await refusalOf(service.remove(url, held));
    assert.equal(refusal.name, 'InvalidParameterValue');
    assert.match(refusal.message, /Reason: The receipt handle has expired\.$/);
    await service.remove(url, again);
    await service.remove(url, again);
  });
});

describe('deduplication', () => {
  test('the same content is one message, also when it was deleted', async () => {
    const url = await service.queue(FIFO);
    const first = await service.send(url, 'same', { MessageGroupId: 'a' });
    const [message] = await service.receive(url);
    await service.remove(url, message);
    assert.equal(await service.send(url, 'same', { MessageGroupId: 'b' }), first, 'groups do not matter to a queue');
    assert.deepEqual(await service.receive(url), []);
  });

  test('an id outweighs the content', async () => {
    const url = await service.queue(FIFO);
    const send = (MessageBody: string, MessageDeduplicationId?: string) =>
      service.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId: 'g', MessageDeduplicationId }));
    const [first, second, third] = [await send('x', 'one'), await send('y', 'one'), await send('x', 'two')];
    assert.deepEqual([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
    assert.notEqual(third.MessageId, first.MessageId);
    assert.deepEqual(bodies(await service.receive(url)), ['x', 'x']);
  });

  test('of each group where the queue says so', async () => {
    const url = await service.queue({ ...FIFO, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' });
    await sendAll(url, ['a', 'same'], ['b', 'same'], ['a', 'same']);
    assert.equal((await service.receive(url)).length, 2);
  });
});

describe('receives that are asked for again', () => {
  test('are refused when their id is longer than it may be, before it is remembered', async () => {
    const url = await service.queue(FIFO);
    for (const ReceiveRequestAttemptId of ['a'.repeat(129), 'with space'])
      assert.equal((await refusalOf(service.receive(url, { ReceiveRequestAttemptId }))).name, 'InvalidParameterValue');
  });

  test('bring the same messages under the same receipts, until something happens to them', async () => {
    const url = await service.queue(FIFO);
    await sendAll(url, ['a', 'a1'], ['b', 'b1']);
    const first = await service.receive(url, { ReceiveRequestAttemptId: 'attempt' });
    assert.equal(first.length, 2);
    assert.deepEqual(await service.receive(url, { ReceiveRequestAttemptId: 'attempt' }), first);
    assert.deepEqual(await service.receive(url, { ReceiveRequestAttemptId: 'another' }), []);
    await service.remove(url, first[0]);
    assert.deepEqual(await service.receive(url, { ReceiveRequestAttemptId: 'attempt' }), []);
  });
});
