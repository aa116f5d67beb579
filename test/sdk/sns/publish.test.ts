// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

import assert from 'node:assert/strict';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { PublishCommand, SubscribeCommand, type PublishCommandInput } from '@aws-sdk/client-sns';
import { invalid, openSnsService, refusalOf, type SnsService } from '../../support/sns-service.ts';

let service: SnsService;
before(async () => {
  service = await openSnsService();
});
after(() => service.close());

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:orders';

const publish = (input: PublishCommandInput) => service.client.send(new PublishCommand(input));
const subscribe = async (TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) =>
  (await service.client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }))).SubscriptionArn ?? '';
const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();

describe('serialisation', () => {
  test('a queue gets the envelope, with every member that AWS has, in its order and its form', async () => {
    const TopicArn = await service.topic();
    const subscription = await subscribe(TopicArn, 'sqs', QUEUE);
    const { MessageId } = await publish({
      TopicArn,
      Message: 'a "quoted" text\n',
      Subject: 'News',
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'order' },
        photo: { DataType: 'Binary', BinaryValue: Uint8Array.of(2, 3, 4) },
      },
    });
    const [entry] = await service.taken();
    assert.deepEqual(entry?.target, { kind: 'queue', arn: QUEUE });
    assert.deepEqual(entry?.sender, { service: 'sns.amazonaws.com', arn: TopicArn });
    const text = textOf(entry?.payload);
    assert.ok(text.startsWith('{\n  "Type" : "Notification",\n  "MessageId" : "'), text);
    const document = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(Object.keys(document), [
      'Type',
      'MessageId',
      'TopicArn',
      'Subject',
      'Message',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
      'UnsubscribeURL',
      'MessageAttributes',
    ]);
    assert.equal(document['MessageId'], MessageId);
    assert.equal(document['Message'], 'a "quoted" text\n');
    assert.match(String(document['Timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(
      String(document['UnsubscribeURL']).startsWith(`${service.endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscription}&`),
    );
    assert.deepEqual(document['MessageAttributes'], {
      kind: { Type: 'String', Value: 'order' },
      photo: { Type: 'Binary', Value: 'AgME' },
    });
  });

  test('raw, a queue gets the text alone, and attributes as its own', async () => {
    const TopicArn = await service.topic();
    await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' });
    await publish({ TopicArn, Message: 'plain', MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } } });
    const [entry] = await service.taken();
    assert.equal(textOf(entry?.payload), 'plain');
    assert.deepEqual(entry?.target, { kind: 'queue', arn: QUEUE, attributes: { n: { type: 'Number', value: '1' } } });
  });

  test('a function gets an event with one record', async () => {
    const TopicArn = await service.topic();
    const EventSubscriptionArn = await subscribe(TopicArn, 'lambda', FUNCTION);
    const { MessageId } = await publish({ TopicArn, Message: 'hello' });
    const [entry] = await service.taken();
    assert.deepEqual(entry?.target, { kind: 'function', arn: FUNCTION });
    const { Records } = JSON.parse(textOf(entry?.payload)) as { Records: Record<string, Record<string, unknown>>[] };
    const [record] = Records;
    const { Timestamp, Signature, SigningCertUrl, UnsubscribeUrl, ...rest } = record?.['Sns'] ?? {};
    assert.deepEqual(
      { ...record, Sns: rest },
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId,
          TopicArn,
          Subject: null,
          Message: 'hello',
          SignatureVersion: '1',
          MessageAttributes: {},
        },
      },
    );
    for (const member of [Timestamp, Signature, SigningCertUrl, UnsubscribeUrl])
      assert.ok(typeof member === 'string' && member !== '');
  });

  test('a web server gets the headers of SNS and the envelope', async () => {
    const TopicArn = await service.topic({
      DeliveryPolicy: '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}',
    });
    await subscribe(TopicArn, 'http', 'http://hooks.example/orders');
    const [asked] = await service.taken();
    assert.ok(asked?.target.kind === 'http', JSON.stringify(asked));
    assert.equal(asked.target.request.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
    const { SubscribeURL } = JSON.parse(textOf(asked.payload)) as { SubscribeURL: string };
    assert.equal((await fetch(SubscribeURL)).status, 200);
    const { MessageId } = await publish({ TopicArn, Message: 'hello' });
    const [entry] = await service.taken();
    assert.ok(entry?.target.kind === 'http');
    const { 'x-amz-sns-subscription-arn': arn, ...headers } = entry.target.request.headers;
    assert.ok(arn?.startsWith(`${TopicArn}:`));
    assert.deepEqual(headers, {
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': MessageId,
      'x-amz-sns-topic-arn': TopicArn,
      'content-type': 'application/json',
      'user-agent': 'Amazon Simple Notification Service Agent',
    });
    assert.deepEqual(entry.retry, {
      maximumRetries: 3,
      maximumAgeSeconds: 3600,
      backOff: { kind: 'stages', delaysMs: [20_000, 20_000, 20_000] },
    });
  });
});

describe('raw delivery', () => {
  test('a web server gets the text alone, under the content type that its policy names, and no attributes', async () => {
    const TopicArn = await service.topic();
    await subscribe(TopicArn, 'https', 'https://hooks.example/raw', {
      RawMessageDelivery: 'true',
      DeliveryPolicy: '{"requestPolicy":{"headerContentType":"text/csv"},"throttlePolicy":{"maxReceivesPerSecond":3}}',
    });
    const { SubscribeURL } = JSON.parse(textOf((await service.taken())[0]?.payload)) as { SubscribeURL: string };
    await fetch(SubscribeURL);
    await publish({ TopicArn, Message: 'a,b', MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } } });
    const [entry] = await service.taken();
    assert.ok(entry?.target.kind === 'http');
    assert.equal(textOf(entry.payload), 'a,b');
    const { headers, perSecondMax } = entry.target.request;
    assert.deepEqual([headers['x-amz-sns-rawdelivery'], headers['content-type'], perSecondMax], ['true', 'text/csv', 3]);
  });
});

describe('validation', () => {
  test('messages, subjects and topics are checked in the words of SNS', async () => {
    const TopicArn = await service.topic();
    const cases: readonly (readonly [PublishCommandInput, string])[] = [
      [{ TopicArn, Message: '' }, 'Empty message'],
      [{ TopicArn, Message: 'x', Subject: '' }, 'Subject'],
      [{ TopicArn, Message: 'x', Subject: 'a\nb' }, 'Subject'],
      [{ TopicArn, Message: 'x', Subject: 'x'.repeat(101) }, 'Subject'],
      [{ TopicArn, Message: 'x'.repeat(256 * 1024 + 1) }, 'Message too long'],
      [{ TopicArn: 'randomstring', Message: 'x' }, 'TopicArn Reason: An ARN must have at least 6 elements, not 1'],
      [{ TopicArn, Message: '{', MessageStructure: 'json' }, 'Message Structure - JSON message body failed to parse'],
      [{ TopicArn, Message: '{"sqs":"x"}', MessageStructure: 'json' }, 'Message Structure - No default entry in JSON message body'],
      [
        { TopicArn, Message: 'x', MessageDeduplicationId: '1' },
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      ],
    ];
    for (const [input, message] of cases) assert.deepEqual(await refusalOf(publish(input)), invalid(message));
    assert.deepEqual(await refusalOf(publish({ TopicArn: `${TopicArn}-not`, Message: 'x' })), {
      name: 'NotFoundException',
      message: 'Topic does not exist',
      status: 404,
    });
    assert.deepEqual(await service.taken(), []);
  });

  test('attributes are checked in the words of SNS', async () => {
    const TopicArn = await service.topic();
    const cases = [
      [
        { DataType: 'String', StringValue: '' },
        "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.",
      ],
      [{ DataType: 'Number', StringValue: 'one' }, "Could not cast message attribute 'a' value to number."],
      [{ DataType: 'Binary', StringValue: 'x' }, "The message attribute 'a' with type 'Binary' must use field 'Binary'."],
      [
        { DataType: 'Text', StringValue: 'x' },
        "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
      ],
    ] as const;
    for (const [a, message] of cases)
      assert.deepEqual(await refusalOf(publish({ TopicArn, Message: 'x', MessageAttributes: { a } })), {
        name: 'InvalidParameterValueException',
        message,
        status: 400,
      });
  });

  test('phones are refused by name', async () => {
    const refusal = await refusalOf(publish({ PhoneNumber: '+15551234567', Message: 'x' }));
    assert.equal(refusal.name, 'InvalidParameterException');
    assert.match(refusal.message, /PhoneNumber Reason: Text messages are not sent from here/);
  });
});

describe('behaviour', () => {
  test('each protocol gets its own text, the others the default', async () => {
    const TopicArn = await service.topic();
    await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' });
    await subscribe(TopicArn, 'lambda', FUNCTION);
    await publish({
      TopicArn,
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'all', sqs: '{"for":"queues"}', n: 1 }),
    });
    const entries = await service.taken();
    const texts = entries.map(({ target, payload }) =>
      target.kind === 'queue'
        ? textOf(payload)
        : (JSON.parse(textOf(payload)) as { Records: [{ Sns: { Message: string } }] }).Records[0].Sns.Message,
    );
    assert.deepEqual(texts.toSorted(), ['all', '{"for":"queues"}']);
  });

  test('the signature holds with the certificate that the message names, in both versions', async () => {
    for (const [SignatureVersion, algorithm] of [
      ['1', 'RSA-SHA1'],
      ['2', 'RSA-SHA256'],
    ] as const) {
      const TopicArn = await service.topic({ SignatureVersion });
      await subscribe(TopicArn, 'sqs', QUEUE);
      await publish({ TopicArn, Message: 'signed', Subject: 'S' });
      const [entry] = await service.taken();
      const document = JSON.parse(textOf(entry?.payload)) as Record<string, string>;
      assert.equal(document['SignatureVersion'], SignatureVersion);
      const answer = await fetch(document['SigningCertURL'] ?? '');
      assert.equal(answer.status, 200);
      const certificate = new X509Certificate(await answer.text());
      const signed = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        .map((name) => `${name}\n${document[name]}\n`)
        .join('');
      const signature = Buffer.from(document['Signature'] ?? '', 'base64');
      assert.ok(
        verify(
          algorithm,
          Buffer.from(signed),
          createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' })),
          signature,
        ),
      );
    }
  });

  test('a dead-letter queue goes along, and queues are tried for 23 days', async () => {
    const TopicArn = await service.topic();
    const arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
    await subscribe(TopicArn, 'sqs', QUEUE, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn }) });
    await publish({ TopicArn, Message: 'x' });
    const [entry] = await service.taken();
    assert.deepEqual(entry?.deadLetter, { arn, style: 'sns' });
    assert.equal(entry?.retry.maximumRetries, 100_015);
  });
});
