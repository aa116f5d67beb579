// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const send = (QueueUrl: string, ...Entries: SendMessageBatchRequestEntry[]) =>
  service.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
const entry = (Id: string, more: Partial<SendMessageBatchRequestEntry> = {}) => ({ Id, MessageBody: `body of ${Id}`, ...more });

describe('serialisation', () => {
  test('ten messages are sent in one call, each with its answer', async () => {
    const url = await service.queue();
    const ids = Array.from({ length: 10 }, (_, at) => `id_-${at}`);
    const { Successful = [], Failed } = await send(url, ...ids.map((id) => entry(id)));
    assert.deepEqual(
      Successful.map(({ Id }) => Id),
      ids,
    );
    assert.equal(Failed?.length ?? 0, 0);
    const messages = await service.receive(url);
    const idsOf = (those: readonly { readonly MessageId?: string | undefined }[]) =>
      new Set(those.map(({ MessageId }) => MessageId));
    assert.deepEqual(idsOf(messages), idsOf(Successful));
  });

  test('one entry that is wrong fails alone', async () => {
    const url = await service.queue();
    const { Successful = [], Failed = [] } = await send(
      url,
      entry('good', { MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } }),
      entry('characters', { MessageBody: '\u0001' }),
      entry('delay', { DelaySeconds: 1000 }),
      entry('attribute', { MessageAttributes: { a: { DataType: 'String', StringListValues: ['x'] } } }),
    );
    assert.deepEqual(
      Successful.map(({ Id }) => Id),
      ['good'],
    );
    assert.deepEqual(
      Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
      [
        ['characters', 'InvalidMessageContents', true],
        ['delay', 'InvalidParameterValue', true],
        ['attribute', 'InvalidParameterValue', true],
      ],
    );
    assert.deepEqual(
      (await service.receive(url)).map(({ Body }) => Body),
      ['body of good'],
    );
  });
});

describe('validation', () => {
  test('a batch that is wrong as a whole sends nothing', async () => {
    const url = await service.queue();
    const half = 'x'.repeat(600 * 1024);
    const refused: Readonly<Record<string, readonly SendMessageBatchRequestEntry[]>> = {
      EmptyBatchRequest: [],
      TooManyEntriesInBatchRequest: Array.from({ length: 11 }, (_, at) => entry(`${at}`)),
      BatchEntryIdsNotDistinct: [entry('a'), entry('b'), entry('a')],
      InvalidBatchEntryId: [entry('a'), entry('b c')],
      BatchRequestTooLong: [entry('a', { MessageBody: half }), entry('b', { MessageBody: half })],
    };
    for (const [name, entries] of Object.entries(refused)) {
      const refusal = await refusalOf(send(url, ...entries));
      assert.deepEqual([refusal.name, refusal.status], [name, 400]);
    }
    assert.match((await refusalOf(send(url, entry('x'.repeat(81))))).name, /InvalidBatchEntryId/);
    assert.deepEqual(await service.receive(url), []);
    assert.deepEqual(await refusalOf(send(`${url}-not`, entry('a'))), NO_QUEUE);
  });

  test('the batches of the other operations are asked the same', async () => {
    const QueueUrl = await service.queue();
    const twice = ['a', 'a'].map((Id) => ({ Id, ReceiptHandle: 'x' }));
    assert.equal(
      (await refusalOf(service.client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] })))).name,
      'EmptyBatchRequest',
    );
    assert.equal(
      (await refusalOf(service.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: twice })))).name,
      'BatchEntryIdsNotDistinct',
    );
  });
});

describe('behaviour', () => {
  test('a batch is deleted, and hidden for another time, entry by entry', async () => {
    const url = await service.queue();
    await send(url, entry('a'), entry('b'), entry('c'));
    const [a, b, c] = await service.receive(url);
    const changed = await service.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'a', ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'b', ReceiptHandle: b?.ReceiptHandle, VisibilityTimeout: 43_201 },
          { Id: 'bad', ReceiptHandle: 'bad', VisibilityTimeout: 1 },
        ],
      }),
    );
    assert.deepEqual(
      changed.Successful?.map(({ Id }) => Id),
      ['a'],
    );
    assert.deepEqual(
      changed.Failed?.map(({ Id, Code }) => [Id, Code]),
      [
        ['b', 'InvalidParameterValue'],
        ['bad', 'ReceiptHandleIsInvalid'],
      ],
    );
    const removed = await service.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'b', ReceiptHandle: b?.ReceiptHandle },
          { Id: 'c', ReceiptHandle: c?.ReceiptHandle },
          { Id: 'bad', ReceiptHandle: 'bad' },
        ],
      }),
    );
    assert.deepEqual(
      removed.Successful?.map(({ Id }) => Id),
      ['b', 'c'],
    );
    assert.deepEqual(
      removed.Failed?.map(({ Code }) => Code),
      ['ReceiptHandleIsInvalid'],
    );
    assert.deepEqual(
      (await service.receive(url)).map(({ MessageId }) => MessageId),
      [a?.MessageId],
    );
  });
});
