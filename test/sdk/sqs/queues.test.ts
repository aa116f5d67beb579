// CreateQueue, GetQueueUrl, ListQueues, DeleteQueue and PurgeQueue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  type CreateQueueCommandInput,
} from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const create = async (QueueName: string, more: Partial<CreateQueueCommandInput> = {}) =>
  (await service.client.send(new CreateQueueCommand({ QueueName, ...more }))).QueueUrl ?? '';

describe('serialisation', () => {
  test('a queue has a URL that says its account and its name', async () => {
    const url = await create('Orders_2-x');
    assert.equal(url, `${service.endpoint}/000000000000/Orders_2-x`);
    const found = await service.client.send(
      new GetQueueUrlCommand({ QueueName: 'Orders_2-x', QueueOwnerAWSAccountId: '000000000000' }),
    );
    assert.equal(found.QueueUrl, url);
  });

  test('queues are listed by name, and by pages where somebody asks for them', async () => {
    const urls = [];
    for (const at of [3, 1, 2]) urls.push(await create(`page-${at}`));
    const list = (input: object) => service.client.send(new ListQueuesCommand({ QueueNamePrefix: 'page-', ...input }));
    const all = await list({});
    assert.deepEqual(all.QueueUrls, urls.toSorted());
    assert.equal(all.NextToken, undefined);
    const first = await list({ MaxResults: 2 });
    assert.deepEqual(first.QueueUrls, urls.toSorted().slice(0, 2));
    const second = await list({ MaxResults: 2, NextToken: first.NextToken });
    assert.deepEqual(second.QueueUrls, urls.toSorted().slice(2));
    assert.equal(second.NextToken, undefined);
    assert.equal((await list({ QueueNamePrefix: 'nothing' })).QueueUrls, undefined);
    assert.equal((await refusalOf(list({ NextToken: 'bad', MaxResults: 1 }))).name, 'InvalidParameterValue');
    assert.equal((await refusalOf(list({ MaxResults: 1001 }))).name, 'InvalidParameterValue');
  });
});

describe('validation', () => {
  test('names have letters, digits, hyphens and underscores, up to eighty', async () => {
    for (const name of ['a b', 'a.b', 'é', 'x'.repeat(81), 'orders.fifo']) {
      const refusal = await refusalOf(create(name));
      assert.deepEqual([refusal.name, refusal.status], ['InvalidParameterValue', 400]);
    }
    await create('x'.repeat(80));
    assert.match((await refusalOf(create('orders', { Attributes: { FifoQueue: 'true' } }))).message, /must end with .fifo suffix/);
    assert.equal((await refusalOf(create('x', { Attributes: { FifoQueue: 'false' } }))).message, 'Unknown Attribute FifoQueue.');
  });

  test('what is not there has no URL', async () => {
    const url = (input: { QueueName: string; QueueOwnerAWSAccountId?: string }) =>
      service.client.send(new GetQueueUrlCommand(input));
    assert.deepEqual(await refusalOf(url({ QueueName: 'missing' })), NO_QUEUE);
    await create('mine');
    assert.deepEqual(await refusalOf(url({ QueueName: 'mine', QueueOwnerAWSAccountId: '111111111111' })), NO_QUEUE);
  });
});

describe('behaviour', () => {
  test('making a queue again with what it has answers it, and with something else is refused', async () => {
    const attributes = { VisibilityTimeout: '45', DelaySeconds: '3' };
    const url = await create('again', { Attributes: attributes, tags: { a: 'b' } });
    assert.equal(await create('again', { Attributes: attributes }), url);
    assert.equal(await create('again', { Attributes: { DelaySeconds: '3' } }), url);
    assert.equal(await create('again'), url);
    assert.deepEqual(await refusalOf(create('again', { Attributes: { ...attributes, VisibilityTimeout: '46' } })), {
      name: 'QueueNameExists',
      message: 'A queue already exists with the same name and a different value for attribute VisibilityTimeout',
      status: 400,
    });
  });

  test('a queue that is deleted is gone, and may be made again at once, empty', async () => {
    const url = await create('gone');
    await service.send(url, 'body');
    const remove = () => service.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    await remove();
    assert.deepEqual(await refusalOf(remove()), NO_QUEUE);
    assert.deepEqual(await refusalOf(service.send(url, 'body')), NO_QUEUE);
    assert.deepEqual(await refusalOf(service.receive(url)), NO_QUEUE);
    await create('gone');
    assert.deepEqual(await service.receive(url), []);
  });

  test('a purge takes what waits and what is in flight, once a minute', async () => {
    const url = await service.queue({ VisibilityTimeout: '0' });
    for (const body of ['a', 'b']) await service.send(url, body);
    const [held] = await service.receive(url, { VisibilityTimeout: 100 });
    const purge = () => service.client.send(new PurgeQueueCommand({ QueueUrl: url }));
    await purge();
    assert.deepEqual(await service.receive(url), []);
    await service.remove(url, held);
    await service.send(url, 'after');
    const refusal = await refusalOf(purge());
    assert.equal(refusal.name, 'PurgeQueueInProgress');
    assert.match(refusal.message, /is allowed every 60 seconds/);
    assert.deepEqual(
      (await service.receive(url)).map(({ Body }) => Body),
      ['after'],
    );
  });
});
