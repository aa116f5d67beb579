// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

describe('serialisation', () => {
  test('only the attributes that are asked for come along, and the digest is theirs', async () => {
    const url = await service.queue();
    const value = { DataType: 'String', StringValue: 'x' };
    const names = ['order.id', 'order.size', 'ordering', 'kind'];
    await service.send(url, 'body', { MessageAttributes: Object.fromEntries(names.map((name) => [name, value])) });
    const asked = async (...MessageAttributeNames: string[]) => {
      const [message] = await service.receive(url, { MessageAttributeNames, VisibilityTimeout: 0 });
      return Object.keys(message?.MessageAttributes ?? {}).sort();
    };
    assert.deepEqual(await asked(), []);
    assert.deepEqual(await asked('kind', 'missing'), ['kind']);
    assert.deepEqual(await asked('order.*'), ['order.id', 'order.size', 'ordering']);
    for (const all of ['All', '.*']) assert.deepEqual(await asked(all), names.toSorted());
  });

  test('system attributes tell of the message, by their old and their new name', async () => {
    const url = await service.queue();
    const beforeMs = Date.now();
    await service.send(url, 'body', {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2' } },
    });
    const [first] = await service.receive(url, { MessageSystemAttributeNames: ['All'], VisibilityTimeout: 0 });
    const { SentTimestamp = '', ApproximateFirstReceiveTimestamp = '', ...rest } = first?.Attributes ?? {};
    assert.deepEqual(rest, { SenderId: '000000000000', ApproximateReceiveCount: '1', AWSTraceHeader: 'Root=1-2' });
    assert(Number(SentTimestamp) >= beforeMs && Number(ApproximateFirstReceiveTimestamp) >= Number(SentTimestamp));
    const [second] = await service.receive(url, { AttributeNames: ['ApproximateReceiveCount' as 'All'], VisibilityTimeout: 0 });
    assert.deepEqual(second?.Attributes, { ApproximateReceiveCount: '2' });
    assert.notEqual(second?.ReceiptHandle, first?.ReceiptHandle);
    const [third] = await service.receive(url);
    assert.equal(third?.Attributes, undefined);
  });
});

describe('validation', () => {
  test('numbers have bounds', async () => {
    const url = await service.queue();
    for (const bad of [
      { MaxNumberOfMessages: 0 },
      { MaxNumberOfMessages: 11 },
      { WaitTimeSeconds: 21 },
      { WaitTimeSeconds: -1 },
      { VisibilityTimeout: 43_201 },
    ]) {
      const refusal = await refusalOf(service.receive(url, bad));
      assert.deepEqual([refusal.name, refusal.status], ['InvalidParameterValue', 400]);
      assert.match(refusal.message, new RegExp(Object.keys(bad)[0] ?? ''));
    }
    assert.deepEqual(await refusalOf(service.receive(url, { MessageSystemAttributeNames: ['Nothing' as 'All'] })), {
      name: 'InvalidAttributeName',
      message: 'Unknown Attribute Nothing.',
      status: 400,
    });
    assert.deepEqual(await refusalOf(service.receive(`${url}-not`)), NO_QUEUE);
  });
});

describe('behaviour', () => {
  test('a message is hidden while somebody has it, and comes back when its time is over', async () => {
    const url = await service.queue({ VisibilityTimeout: '1' });
    const id = await service.send(url, 'body');
    assert.equal((await service.receive(url)).length, 1);
    assert.deepEqual(await service.receive(url), []);
    const [again] = await service.receive(url, { WaitTimeSeconds: 10, AttributeNames: ['All'] });
    assert.equal(again?.MessageId, id);
    assert.equal(again?.Attributes?.['ApproximateReceiveCount'], '2');
  });

  test('whoever waits gets what is sent meanwhile, at once, and each message goes to one', async () => {
    const url = await service.queue({ ReceiveMessageWaitTimeSeconds: '20' });
    const waiting = Array.from({ length: 5 }, () => service.receive(url, { MaxNumberOfMessages: 1 }));
    for (let sent = 0; sent < 5; sent += 1) await service.send(url, `message ${sent}`);
    const bodies = (await Promise.all(waiting)).flatMap((messages) => messages.map(({ Body }) => Body));
    assert.equal(bodies.length, 5);
    assert.deepEqual(new Set(bodies), new Set([0, 1, 2, 3, 4].map((at) => `message ${at}`)));
  });

  test('whoever waits gets what others have had and not deleted, when its time is over', async () => {
    const url = await service.queue({ VisibilityTimeout: '1' });
    const waiting = [0, 1].map(() => service.receive(url, { WaitTimeSeconds: 20 }));
    const id = await service.send(url, 'body');
    const [first, second] = await Promise.all(waiting);
    assert.deepEqual([first?.[0]?.MessageId, second?.[0]?.MessageId], [id, id]);
  });

  test('whoever waits gets what is delayed, each when it is due', async () => {
    const url = await service.queue();
    const waiting = [0, 1].map(() => service.receive(url, { WaitTimeSeconds: 20 }));
    for (const DelaySeconds of [2, 1]) await service.send(url, `after ${DelaySeconds}`, { DelaySeconds });
    const bodies = (await Promise.all(waiting)).flatMap((messages) => messages.map(({ Body }) => Body));
    assert.deepEqual(new Set(bodies), new Set(['after 1', 'after 2']));
  });

  test('a wait ends without a message when its time is over', async () => {
    assert.deepEqual(await service.receive(await service.queue(), { WaitTimeSeconds: 1 }), []);
  });

  test('a wait ends with its queue', async () => {
    const url = await service.queue();
    const waiting = refusalOf(service.receive(url, { WaitTimeSeconds: 20 }));
    // The wait has begun when a later call has been answered.
    await service.receive(url);
    await service.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    assert.deepEqual(await waiting, NO_QUEUE);
  });

  test('what comes for a caller who has left is there for the next', async () => {
    const url = await service.queue({ VisibilityTimeout: '43200' });
    const leaving = new AbortController();
    const left = service.receive(url, { WaitTimeSeconds: 20 }, leaving.signal);
    await service.receive(url);
    leaving.abort();
    await assert.rejects(left, { name: 'AbortError' });
    await service.send(url, 'body');
    assert.equal((await service.receive(url, { WaitTimeSeconds: 10 })).length, 1);
  });

  test('a shorter retention ends what is there', async () => {
    const url = await service.queue();
    await service.send(url, 'body');
    await service.client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { MessageRetentionPeriod: '60' } }));
    assert.equal((await service.receive(url)).length, 1, 'it is younger than that');
  });
});
