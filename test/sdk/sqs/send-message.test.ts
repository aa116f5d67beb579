// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { SendMessageCommand, type MessageAttributeValue, type SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const FIFO = { FifoQueue: 'true' };
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const send = (QueueUrl: string, more: Partial<SendMessageCommandInput> = {}) =>
  service.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body', ...more }));

describe('serialisation', () => {
  test('a message comes back as it was, of any script, with its digests', async () => {
    const url = await service.queue();
    const body = '🙀 - 参よ - \t\r\n <&>"\u{10fffd}';
    const attributes: Record<string, MessageAttributeValue> = {
      'order.id': { DataType: 'Number', StringValue: '12.5' },
      kind: { DataType: 'String.sort', StringValue: 'é' },
      blob: { DataType: 'Binary.png', BinaryValue: new Uint8Array([0, 255, 10]) },
    };
    // The client checks the digests of what it sent.
    const answer = await send(url, {
      MessageBody: body,
      MessageAttributes: attributes,
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' } },
    });
    assert.equal(answer.MD5OfMessageBody, md5(body));
    assert.match(answer.MD5OfMessageAttributes ?? '', /^[0-9a-f]{32}$/);
    assert.match(answer.MD5OfMessageSystemAttributes ?? '', /^[0-9a-f]{32}$/);
    assert.equal(answer.SequenceNumber, undefined);
    const [message] = await service.receive(url, { MessageAttributeNames: ['All'] });
    assert.equal(message?.MessageId, answer.MessageId);
    assert.equal(message?.Body, body);
    assert.equal(message?.MD5OfBody, md5(body));
    assert.equal(message?.MD5OfMessageAttributes, answer.MD5OfMessageAttributes);
    assert.deepEqual(message?.MessageAttributes, attributes);
  });

  test('a message may have a megabyte, and not a byte more, attributes included', async () => {
    const url = await service.queue();
    const largest = 'x'.repeat(1024 * 1024 - 'nameStringvalue'.length);
    const MessageAttributes = { name: { DataType: 'String', StringValue: 'value' } };
    await send(url, { MessageBody: largest, MessageAttributes });
    const [message] = await service.receive(url);
    assert.equal(message?.Body, largest);
    const refusal = await refusalOf(send(url, { MessageBody: `${largest}y`, MessageAttributes }));
    assert.deepEqual(refusal, {
      name: 'InvalidParameterValue',
      message: 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
      status: 400,
    });
  });

  test('any host is taken in the URL of a queue', async () => {
    const url = await service.queue();
    const path = new URL(url).pathname;
    for (const host of ['https://sqs.us-east-1.amazonaws.com', 'http://localhost:1', 'http://queue.example/queue/us-east-1'])
      await send(`${host}${path}`, { MessageBody: host });
    assert.equal((await service.receive(url)).length, 3);
  });
});

describe('validation', () => {
  test('the queue must be there', async () => {
    const url = await service.queue();
    assert.deepEqual(await refusalOf(send(`${url}-not`)), NO_QUEUE);
    assert.deepEqual(await refusalOf(send(url.replace('000000000000', '111111111111'))), NO_QUEUE);
  });

  test('a body is there and holds what XML may hold', async () => {
    const url = await service.queue();
    assert.deepEqual(await refusalOf(send(url, { MessageBody: '' })), {
      name: 'MissingParameter',
      message: 'The request must contain the parameter MessageBody.',
      status: 400,
    });
    for (const character of ['\u0000', '\u0008', '\u001f', '\ufffe', '\uffff'])
      assert.equal((await refusalOf(send(url, { MessageBody: `a${character}` }))).name, 'InvalidMessageContents');
    assert.deepEqual(await service.receive(url), []);
  });

  test('a delay is 0 to 900 seconds', async () => {
    const url = await service.queue();
    for (const DelaySeconds of [-1, 901]) {
      const { name, message } = await refusalOf(send(url, { DelaySeconds }));
      assert.equal(name, 'InvalidParameterValue');
      assert.match(message, /DelaySeconds must be >= 0 and <= 900/);
    }
  });

  const badAttributes: Readonly<Record<string, readonly [string, MessageAttributeValue, RegExp]>> = {
    'of no type': ['a', { DataType: '', StringValue: 'x' }, /non-empty message attribute type/],
    'of an unknown type': ['a', { DataType: 'Text', StringValue: 'x' }, /supported type prefixes is Binary, Number, and String/],
    'without a value': ['a', { DataType: 'String' }, /non-empty message attribute value for message attribute type 'String'/],
    'with the other value': ['a', { DataType: 'Binary', StringValue: 'x' }, /message attribute type 'Binary'/],
    'that is no number': ['a', { DataType: 'Number', StringValue: '1,5' }, /Can't cast the value/],
    'whose name begins with AWS.': ['AWS.x', { DataType: 'String', StringValue: 'x' }, /attribute name/],
    'whose name ends with a period': ['x.', { DataType: 'String', StringValue: 'x' }, /attribute name/],
    'with a control character': ['a', { DataType: 'String', StringValue: '\u0001' }, /Invalid characters/],
    'with a list': ['a', { DataType: 'String', StringListValues: ['x'] }, /list values/],
  };
  for (const [what, [name, attribute, message]] of Object.entries(badAttributes)) {
    test(`an attribute ${what} is refused`, async () => {
      const refusal = await refusalOf(send(await service.queue(), { MessageAttributes: { [name]: attribute } }));
      assert.equal(refusal.name, 'InvalidParameterValue');
      assert.match(refusal.message, message);
    });
  }

  test('a message has up to ten attributes', async () => {
    const url = await service.queue();
    const attributes = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, { DataType: 'String', StringValue: 'x' }]));
    await send(url, { MessageAttributes: attributes(10) });
    assert.match(
      (await refusalOf(send(url, { MessageAttributes: attributes(11) }))).message,
      /\[11\] exceeds the allowed maximum \[10\]/,
    );
  });

  test('the trace header is the one system attribute that there is', async () => {
    const url = await service.queue();
    const value = { DataType: 'String', StringValue: 'x' };
    const refusal = await refusalOf(send(url, { MessageSystemAttributes: { Other: value } as never }));
    assert.match(refusal.message, /system attribute name 'Other' is invalid/);
    assert.match(
      (await refusalOf(send(url, { MessageSystemAttributes: { AWSTraceHeader: { ...value, DataType: 'Number' } } }))).message,
      /Can't cast|of the type String/,
    );
  });

  test('what is for FIFO queues is for them alone, and they need it', async () => {
    const [standard, fifo] = [await service.queue(), await service.queue(FIFO)];
    assert.match((await refusalOf(send(standard, { MessageDeduplicationId: 'd' }))).message, /not valid for this queue type/);
    assert.equal(
      (await refusalOf(send(fifo, { MessageDeduplicationId: 'd' }))).message,
      'The request must contain the parameter MessageGroupId.',
    );
    assert.match(
      (await refusalOf(send(fifo, { MessageGroupId: 'g' }))).message,
      /ContentBasedDeduplication enabled or MessageDeduplicationId/,
    );
    const both = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
    assert.match((await refusalOf(send(fifo, { ...both, DelaySeconds: 5 }))).message, /not valid for this queue type/);
    for (const bad of ['', 'a b', 'é', 'x'.repeat(129)]) {
      assert.match((await refusalOf(send(fifo, { ...both, MessageGroupId: bad }))).message, /alphanumeric and punctuation/);
      assert.match((await refusalOf(send(fifo, { ...both, MessageDeduplicationId: bad }))).message, /alphanumeric and punctuation/);
    }
    await send(fifo, { ...both, DelaySeconds: 0 });
  });
});

describe('behaviour', () => {
  test('a message is hidden for its own delay, or for that of its queue', async () => {
    const url = await service.queue({ DelaySeconds: '900' });
    await send(url, { MessageBody: 'queue' });
    await send(url, { MessageBody: 'now', DelaySeconds: 0 });
    await send(url, { MessageBody: 'soon', DelaySeconds: 1 });
    assert.deepEqual(
      (await service.receive(url)).map(({ Body }) => Body),
      ['now'],
    );
    assert.deepEqual(
      (await service.receive(url, { WaitTimeSeconds: 5 })).map(({ Body }) => Body),
      ['soon'],
    );
  });

  test('a message group is kept on a standard queue, and changes nothing there', async () => {
    const url = await service.queue();
    await send(url, { MessageGroupId: 'tenant' });
    await send(url, { MessageGroupId: 'tenant' });
    const messages = await service.receive(url, { MessageSystemAttributeNames: ['All'] });
    assert.equal(messages.length, 2);
    assert.equal(messages[0]?.Attributes?.['MessageGroupId'], 'tenant');
    assert.equal(messages[0]?.Attributes?.['SequenceNumber'], undefined);
  });
});
