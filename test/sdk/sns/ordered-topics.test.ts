// FIFO topics and PublishBatch. https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PublishBatchCommand, PublishCommand, SubscribeCommand, type PublishBatchCommandInput } from '@aws-sdk/client-sns';
import { invalid, openSnsService, refusalOf, type SnsService } from '../../support/sns-service.ts';

let service: SnsService;
before(async () => {
  service = await openSnsService();
});
after(() => service.close());

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders.fifo';

async function orderedTopic(attributes: Record<string, string> = {}): Promise<string> {
  const TopicArn = await service.topic({ FifoTopic: 'true', ...attributes });
  await service.client.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE, Attributes: { RawMessageDelivery: 'true' } }),
  );
  return TopicArn;
}
const publish = (TopicArn: string, Message: string, MessageGroupId?: string, MessageDeduplicationId?: string) =>
  service.client.send(new PublishCommand({ TopicArn, Message, MessageGroupId, MessageDeduplicationId }));
const texts = async () => (await service.taken()).map(({ payload }) => Buffer.from(payload).toString());

describe('validation', () => {
  test('an ordered message has a group, and something by which it is known again', async () => {
    const TopicArn = await orderedTopic();
    assert.deepEqual(await refusalOf(publish(TopicArn, 'x')), invalid('The MessageGroupId parameter is required for FIFO topics'));
    assert.deepEqual(
      await refusalOf(publish(TopicArn, 'x', 'g')),
      invalid('The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly'),
    );
  });

  test('ordered topics deliver to queues alone, and ordered queues belong to them', async () => {
    const subscribe = (TopicArn: string, Protocol: string, Endpoint: string) =>
      refusalOf(service.client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint })));
    assert.match(
      (await subscribe(await orderedTopic(), 'http', 'http://hooks.example/')).message,
      /FIFO topics deliver to queues alone/,
    );
    assert.deepEqual(
      await subscribe(await service.topic(), 'sqs', QUEUE),
      invalid('Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics'),
    );
  });

  test('batches are refused whole, in the words of SNS', async () => {
    const TopicArn = await service.topic();
    const batch = (PublishBatchRequestEntries: PublishBatchCommandInput['PublishBatchRequestEntries']) =>
      refusalOf(service.client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })));
    const of = (Id: string, Message = 'x') => ({ Id, Message });
    assert.equal((await batch([])).name, 'EmptyBatchRequestException');
    assert.equal(
      (await batch(Array.from({ length: 11 }, (_, place) => of(String(place))))).name,
      'TooManyEntriesInBatchRequestException',
    );
    assert.equal((await batch([of('1'), of('1')])).name, 'BatchEntryIdsNotDistinctException');
    assert.equal(
      (await batch([of('a.b')])).message,
      'The Id of a batch entry in the batch request contains an impermissible character: a.b',
    );
    assert.equal((await batch([of('x'.repeat(81))])).name, 'InvalidBatchEntryIdException');
    assert.deepEqual(await batch([of('1', 'x'.repeat(131_072)), of('2', 'x'.repeat(131_073))]), {
      name: 'BatchRequestTooLongException',
      message: 'The length of all the messages put together is more than the limit.',
      status: 400,
    });
    assert.deepEqual(await batch([of('1'), of('2', '')]), invalid('Empty message'));
  });
});

describe('behaviour', () => {
  test('messages go on in their order, with their group and what they are known by', async () => {
    const TopicArn = await orderedTopic();
    const answers = [];
    for (const [place, group] of ['a', 'b', 'a'].entries()) answers.push(await publish(TopicArn, `m${place}`, group, `d${place}`));
    const numbers = answers.map(({ SequenceNumber }) => SequenceNumber ?? '');
    assert.deepEqual(numbers, numbers.toSorted());
    for (const number of numbers) assert.match(number, /^\d{20}$/);
    const entries = await service.taken();
    assert.deepEqual(
      entries.map(({ target, payload }) => [Buffer.from(payload).toString(), target]),
      ['a', 'b', 'a'].map((groupId, place) => [
        `m${place}`,
        { kind: 'queue', arn: QUEUE, attributes: {}, groupId, deduplicationId: `d${place}` },
      ]),
    );
  });

  test('the envelope of an ordered message has its number and no signature', async () => {
    const TopicArn = await service.topic({ FifoTopic: 'true', ContentBasedDeduplication: 'true' });
    await service.client.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE }));
    const { SequenceNumber } = await publish(TopicArn, 'hello', 'g');
    const [text = '{}'] = await texts();
    const document = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(Object.keys(document), [
      'Type',
      'MessageId',
      'SequenceNumber',
      'TopicArn',
      'Message',
      'Timestamp',
      'UnsubscribeURL',
    ]);
    assert.equal(document['SequenceNumber'], SequenceNumber);
  });

  test('a message that is known again is answered as before and goes nowhere', async () => {
    const byId = await orderedTopic();
    const first = await publish(byId, 'one', 'g', 'same');
    const second = await publish(byId, 'another text', 'other-group', 'same');
    assert.deepEqual([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
    assert.deepEqual(await texts(), ['one']);
    const byContent = await orderedTopic({ ContentBasedDeduplication: 'true' });
    await publish(byContent, 'one', 'g');
    await publish(byContent, 'one', 'g');
    await publish(byContent, 'two', 'g');
    assert.deepEqual(await texts(), ['one', 'two']);
  });

  test('where groups have memories of their own, the same message is new to each', async () => {
    const TopicArn = await orderedTopic({ FifoThroughputScope: 'MessageGroup' });
    await publish(TopicArn, 'one', 'a', 'same');
    await publish(TopicArn, 'two', 'b', 'same');
    await publish(TopicArn, 'three', 'a', 'same');
    assert.deepEqual(await texts(), ['one', 'two']);
  });

  test('a batch is answered entry by entry, and goes out in its order', async () => {
    const TopicArn = await orderedTopic();
    const entries = ['x', 'y', 'x'].map((deduplication, place) => ({
      Id: `e${place}`,
      Message: `m${place}`,
      MessageGroupId: 'g',
      MessageDeduplicationId: deduplication,
    }));
    const { Successful = [], Failed } = await service.client.send(
      new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }),
    );
    assert.deepEqual(Failed, []);
    assert.deepEqual(
      Successful.map(({ Id }) => Id),
      ['e0', 'e1', 'e2'],
    );
    assert.equal(Successful[2]?.MessageId, Successful[0]?.MessageId);
    assert.deepEqual(await texts(), ['m0', 'm1']);
  });

  test('many who publish at once all get numbers of their own', async () => {
    const TopicArn = await orderedTopic();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => publish(TopicArn, `m${place}`, 'g', `d${place}`)));
    assert.equal(new Set(answers.map(({ SequenceNumber }) => SequenceNumber)).size, 20);
    assert.equal((await texts()).length, 20);
  });

  test('the group of a message to a standard topic goes along, for fair queues', async () => {
    const TopicArn = await service.topic();
    const arn = 'arn:aws:sqs:us-east-1:000000000000:plain';
    await service.client.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }));
    await publish(TopicArn, 'x', 'tenant-1');
    assert.deepEqual((await service.taken())[0]?.target, { kind: 'queue', arn, groupId: 'tenant-1' });
  });
});
