// Subscribe, ConfirmSubscription, Unsubscribe, Get- and SetSubscriptionAttributes, lists, and the links in messages.
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

import assert from 'node:assert/strict';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type { OutboxEntry } from '#outbox';
import { invalid, openSnsService, refusalOf, type SnsService } from '../../support/sns-service.ts';

let service: SnsService;
before(async () => {
  service = await openSnsService();
});
after(() => service.close());
afterEach(async () => void (await service.taken()));

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders';
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';
const HOOK = 'http://hooks.example/orders';

const subscribe = async (TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) =>
  (await service.client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true })))
    .SubscriptionArn ?? '';
const attributesOf = async (SubscriptionArn: string) =>
  (await service.client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {};
const set = (SubscriptionArn: string, AttributeName: string, AttributeValue: string) =>
  service.client.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
const documentOf = (entry: OutboxEntry | undefined) =>
  JSON.parse(Buffer.from(entry?.payload ?? '{}').toString()) as Record<string, string>;

/** A web server's subscription, and what it was asked. */
async function askedHook(Endpoint = HOOK) {
  const TopicArn = await service.topic();
  const arn = await subscribe(TopicArn, 'http', Endpoint);
  const [entry] = await service.taken();
  return { TopicArn, arn, entry, document: documentOf(entry) };
}

describe('serialisation', () => {
  test("the account's own endpoints are confirmed at once, and show what AWS shows", async () => {
    const TopicArn = await service.topic();
    const SubscriptionArn = await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' });
    assert.match(SubscriptionArn, new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    assert.deepEqual(await attributesOf(SubscriptionArn), {
      ConfirmationWasAuthenticated: 'true',
      Endpoint: QUEUE,
      Owner: '000000000000',
      PendingConfirmation: 'false',
      Protocol: 'sqs',
      RawMessageDelivery: 'true',
      SubscriptionArn,
      SubscriptionPrincipal: 'arn:aws:iam::000000000000:root',
      TopicArn,
    });
  });

  test('lists show subscriptions, and those that wait without an ARN', async () => {
    const { TopicArn, arn } = await askedHook();
    const queue = await subscribe(TopicArn, 'sqs', QUEUE);
    const { Subscriptions = [] } = await service.client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    assert.deepEqual(
      Subscriptions.toSorted((one, other) => (one.Protocol ?? '').localeCompare(other.Protocol ?? '')),
      [
        { SubscriptionArn: 'PendingConfirmation', Owner: '000000000000', Protocol: 'http', Endpoint: HOOK, TopicArn },
        { SubscriptionArn: queue, Owner: '000000000000', Protocol: 'sqs', Endpoint: QUEUE, TopicArn },
      ],
    );
    const all = await service.client.send(new ListSubscriptionsCommand({}));
    assert.ok(all.Subscriptions?.some(({ SubscriptionArn }) => SubscriptionArn === queue));
    assert.equal((await attributesOf(arn))['PendingConfirmation'], 'true');
  });

  test('a delivery policy is shown as it was told, and with what holds then', async () => {
    const { arn } = await askedHook();
    await set(
      arn,
      'DeliveryPolicy',
      JSON.stringify({
        healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 0 },
        throttlePolicy: { maxReceivesPerSecond: 5 },
      }),
    );
    const { DeliveryPolicy, EffectiveDeliveryPolicy } = await attributesOf(arn);
    const retries = {
      minDelayTarget: 1,
      maxDelayTarget: 1,
      numRetries: 0,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    };
    const told = {
      healthyRetryPolicy: retries,
      sicklyRetryPolicy: null,
      throttlePolicy: { maxReceivesPerSecond: 5 },
      requestPolicy: null,
      guaranteed: false,
    };
    assert.deepEqual(JSON.parse(DeliveryPolicy ?? ''), told);
    assert.deepEqual(JSON.parse(EffectiveDeliveryPolicy ?? ''), {
      ...told,
      requestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
    });
  });
});

describe('validation', () => {
  test('protocols that nothing is delivered with are refused by name', async () => {
    const TopicArn = await service.topic();
    const refusal = (Protocol: string, Endpoint: string) => refusalOf(subscribe(TopicArn, Protocol, Endpoint));
    for (const [protocol, sentence] of [
      ['sms', /Text messages are not sent from here/],
      ['application', /Push notifications to phones are not sent from here/],
      ['firehose', /There are no delivery streams here/],
    ] as const)
      assert.match((await refusal(protocol, 'x')).message, sentence);
    assert.deepEqual(await refusal('pigeon', 'x'), invalid('Amazon SNS does not support this protocol string: pigeon'));
  });

  test('endpoints fit their protocol', async () => {
    const TopicArn = await service.topic();
    const refusal = (Protocol: string, Endpoint: string) => refusalOf(subscribe(TopicArn, Protocol, Endpoint));
    assert.deepEqual(await refusal('sqs', 'http://127.0.0.1:4566/000000000000/orders'), invalid('SQS endpoint ARN'));
    assert.match(
      (await refusal('sqs', QUEUE.replace('us-east-1', 'eu-west-1'))).message,
      /This platform serves the account 000000000000 in us-east-1/,
    );
    assert.deepEqual(await refusal('lambda', 'orders'), invalid('Lambda endpoint ARN'));
    assert.deepEqual(await refusal('http', 'https://hooks.example/'), invalid('Endpoint must match the specified protocol'));
    assert.deepEqual(await refusal('email', 'nobody'), invalid('Email address'));
    for (const address of [
      'a@example.com>\r\nBcc: b@example.com',
      'a\u0085b@example.com',
      'a\u007fb@example.com',
      '\u200ba@example.com',
    ])
      assert.deepEqual(await refusal('email', address), invalid('Email address'));
  });

  test('attributes, in the words of SNS', async () => {
    const TopicArn = await service.topic();
    const arn = await subscribe(TopicArn, 'sqs', QUEUE);
    const cases: readonly (readonly [string, string, string | RegExp])[] = [
      ['Nonsense', 'x', 'AttributeName'],
      ['RawMessageDelivery', 'yes', 'RawMessageDelivery: Invalid value [yes]. Must be true or false.'],
      ['RedrivePolicy', '{"deadLetterTargetArn":"fake"}', 'RedrivePolicy: deadLetterTargetArn is an invalid arn'],
      ['RedrivePolicy', '{', /RedrivePolicy: failed to parse JSON/],
      ['FilterPolicyScope', 'Both', 'FilterPolicyScope: Invalid value [Both]. Please use either MessageBody or MessageAttributes'],
      ['ReplayPolicy', '{"PointType":"Timestamp"}', /Topics keep no archive here/],
      ['SubscriptionRoleArn', 'arn:aws:iam::000000000000:role/r', /for delivery to Firehose/],
      ['DeliveryPolicy', '{}', /\[sqs\] does not support a delivery policy/],
    ];
    for (const [name, value, expected] of cases) {
      const { message } = await refusalOf(set(arn, name, value));
      if (typeof expected === 'string') assert.equal(message, `Invalid parameter: ${expected}`);
      else assert.match(message, expected);
    }
    assert.match(
      (
        await refusalOf(
          subscribe(TopicArn, 'lambda', QUEUE.replace('sqs', 'lambda').replace('orders', 'function:f'), {
            RawMessageDelivery: 'true',
          }),
        )
      ).message,
      /Delivery protocol \[lambda\] does not support raw message delivery/,
    );
  });

  test('subscriptions that are none', async () => {
    const get = (SubscriptionArn: string) => refusalOf(attributesOf(SubscriptionArn));
    assert.deepEqual(await get('randomstring'), invalid('SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'));
    assert.deepEqual(await get('arn:aws:sns:us-east-1:000000000000:random'), invalid('SubscriptionId'));
    assert.deepEqual(await get('arn:aws:sns:us-east-1:000000000000:t:00000000-0000-4000-8000-000000000000'), {
      name: 'NotFoundException',
      message: 'Subscription does not exist',
      status: 404,
    });
  });

  test('without a mail server, an address is refused with what to set', async (t) => {
    const without = await openSnsService({ hasMail: false });
    t.after(() => without.close());
    const TopicArn = await without.topic();
    const refusal = await refusalOf(
      without.client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' })),
    );
    assert.match(refusal.message, /Start the platform with --smtp smtp:\/\/user:password@host:port or MAYFLY_SMTP_URL/);
  });
});

describe('behaviour', () => {
  test('who subscribes again gets the same subscription, and is refused when saying something else', async () => {
    const TopicArn = await service.topic();
    const arn = await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' });
    assert.equal(await subscribe(TopicArn, 'sqs', QUEUE), arn);
    assert.equal(await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' }), arn);
    assert.deepEqual(
      await refusalOf(subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'false' })),
      invalid('Attributes Reason: Subscription already exists with different attributes'),
    );
  });

  test('many who subscribe one endpoint at once get one subscription', async () => {
    const TopicArn = await service.topic();
    const arns = await Promise.all(Array.from({ length: 8 }, () => subscribe(TopicArn, 'sqs', QUEUE)));
    assert.equal(new Set(arns).size, 1);
  });

  test('a web server is asked with a signed document, and gets nothing before it answers', async () => {
    const { TopicArn, arn, entry, document } = await askedHook();
    assert.ok(entry?.target.kind === 'http');
    assert.equal(entry.target.request.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
    assert.deepEqual(Object.keys(document), [
      'Type',
      'MessageId',
      'Token',
      'TopicArn',
      'Message',
      'SubscribeURL',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
    ]);
    assert.equal(
      document['SubscribeURL'],
      `${service.endpoint}/?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=${document['Token']}`,
    );
    const certificate = new X509Certificate(await (await fetch(document['SigningCertURL'] ?? '')).text());
    const signed = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
      .map((name) => `${name}\n${document[name]}\n`)
      .join('');
    const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
    assert.ok(verify('RSA-SHA1', Buffer.from(signed), key, Buffer.from(document['Signature'] ?? '', 'base64')));
    await service.client.send(new PublishCommand({ TopicArn, Message: 'too early' }));
    assert.deepEqual(await service.taken(), []);
    const answer = await fetch(document['SubscribeURL'] ?? '');
    assert.match(await answer.text(), new RegExp(`<ConfirmSubscriptionResult><SubscriptionArn>${arn}</SubscriptionArn>`));
    assert.equal((await attributesOf(arn))['ConfirmationWasAuthenticated'], 'false');
    await service.client.send(new PublishCommand({ TopicArn, Message: 'now' }));
    assert.equal((await service.taken()).length, 1);
  });

  test('who has not answered is asked again with another token, and the first one is void', async () => {
    const { TopicArn, document } = await askedHook();
    await subscribe(TopicArn, 'http', HOOK);
    const again = documentOf((await service.taken())[0]);
    assert.notEqual(again['Token'], document['Token']);
    const confirm = (Token = '') => service.client.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    assert.deepEqual(await refusalOf(confirm(document['Token'])), invalid('Token'));
    assert.deepEqual(await refusalOf(confirm('abc')), invalid('Token'));
    const { SubscriptionArn } = await confirm(again['Token']);
    assert.equal((await confirm(again['Token'])).SubscriptionArn, SubscriptionArn);
    assert.equal((await attributesOf(SubscriptionArn ?? ''))['ConfirmationWasAuthenticated'], 'true');
  });

  test('the link of a message ends its subscription; what is asked then restores it', async () => {
    const { TopicArn, arn, document } = await askedHook();
    await fetch(document['SubscribeURL'] ?? '');
    await service.client.send(new PublishCommand({ TopicArn, Message: 'x' }));
    const { UnsubscribeURL = '' } = documentOf((await service.taken())[0]);
    const forged = UnsubscribeURL.replace(/Token=.*/, `Token=${'0'.repeat(48)}`);
    assert.equal((await fetch(forged)).status, 403);
    assert.equal((await fetch(UnsubscribeURL)).status, 200);
    assert.equal((await refusalOf(attributesOf(arn))).name, 'NotFoundException');
    const farewell = documentOf((await service.taken())[0]);
    assert.equal(farewell['Type'], 'UnsubscribeConfirmation');
    const { Attributes } = await service.client.send(new GetTopicAttributesCommand({ TopicArn }));
    assert.deepEqual([Attributes?.['SubscriptionsConfirmed'], Attributes?.['SubscriptionsDeleted']], ['0', '1']);
    assert.equal((await fetch(farewell['SubscribeURL'] ?? '')).status, 200);
    assert.equal((await attributesOf(arn))['PendingConfirmation'], 'false');
  });

  test('what was confirmed by a signed request that asked for it is ended by signed requests alone', async () => {
    const { TopicArn, arn, document } = await askedHook();
    await service.client.send(
      new ConfirmSubscriptionCommand({ TopicArn, Token: document['Token'], AuthenticateOnUnsubscribe: 'true' }),
    );
    await service.client.send(new PublishCommand({ TopicArn, Message: 'x' }));
    const { UnsubscribeURL = '' } = documentOf((await service.taken())[0]);
    assert.equal((await fetch(UnsubscribeURL)).status, 403);
    await service.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await service.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    assert.equal((await refusalOf(attributesOf(arn))).name, 'NotFoundException');
  });

  test('an address is asked by mail; its link confirms, and a button ends what a mail program would only look at', async () => {
    const TopicArn = await service.topic({ DisplayName: 'Orders' });
    await subscribe(TopicArn, 'email', 'reader@example.com');
    const [asked] = await service.taken();
    assert.deepEqual(asked?.target, {
      kind: 'email',
      address: 'reader@example.com',
      subject: 'AWS Notification - Subscription Confirmation',
      senderName: 'Orders',
    });
    const linkIn = (entry: OutboxEntry | undefined) => /http:\S+/.exec(Buffer.from(entry?.payload ?? '').toString())?.[0] ?? '';
    const confirmed = await fetch(linkIn(asked));
    assert.equal(confirmed.status, 200);
    assert.match(await confirmed.text(), /Subscription confirmed!/);
    await service.client.send(new PublishCommand({ TopicArn, Message: 'Hello', Subject: 'News' }));
    const [mail] = await service.taken();
    assert.ok(mail?.target.kind === 'email');
    assert.equal(mail.target.subject, 'News');
    assert.ok(Buffer.from(mail.payload).toString().startsWith('Hello\n\n--\n'));
    const link = linkIn(mail);
    assert.match(await (await fetch(link)).text(), /<button type="submit">Unsubscribe/);
    assert.equal((await service.client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.length, 1);
    assert.match(await (await fetch(link, { method: 'POST' })).text(), /Subscription removed!/);
    assert.deepEqual((await service.client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions, []);
    const wrong = await fetch(linkIn(asked).replace(/Token=.*/, 'Token=<script>'));
    assert.equal(wrong.status, 400);
    assert.doesNotMatch(await wrong.text(), /<script>/);
  });

  test('an address that wants documents gets them: the question, and the envelope', async () => {
    const TopicArn = await service.topic();
    await subscribe(TopicArn, 'email-json', 'program@example.com');
    const [asked] = await service.taken();
    assert.ok(asked?.target.kind === 'email');
    const { Type, SubscribeURL } = documentOf(asked);
    assert.equal(Type, 'SubscriptionConfirmation');
    assert.equal((await fetch(SubscribeURL ?? '')).status, 200);
    await service.client.send(new PublishCommand({ TopicArn, Message: 'Hello' }));
    const document = documentOf((await service.taken())[0]);
    assert.deepEqual([document['Type'], document['Message']], ['Notification', 'Hello']);
  });

  test('a token is proof enough for an unsigned call of the API as well, and nothing else is unsigned', async () => {
    const { TopicArn, arn, document } = await askedHook();
    const call = (parameters: Record<string, string>) =>
      fetch(`${service.endpoint}/?${new URLSearchParams({ Version: '2010-03-31', ...parameters }).toString()}`);
    const confirmed = await call({ Action: 'ConfirmSubscription', TopicArn, Token: document['Token'] ?? '' });
    assert.equal(confirmed.status, 200);
    assert.match(await confirmed.text(), new RegExp(arn));
    const unsigned: readonly Record<string, string>[] = [
      { Action: 'Unsubscribe', SubscriptionArn: arn },
      { Action: 'Publish', TopicArn, Message: 'x' },
    ];
    for (const parameters of unsigned) assert.equal((await call(parameters)).status, 403, parameters['Action']);
  });

  test('what has too many attributes for a queue goes to the dead-letter queue, else it is discarded and the log says so', async () => {
    const TopicArn = await service.topic();
    const arn = await subscribe(TopicArn, 'sqs', QUEUE, { RawMessageDelivery: 'true' });
    const MessageAttributes = Object.fromEntries(
      Array.from({ length: 11 }, (_, place) => [`a${place}`, { DataType: 'String', StringValue: 'x' }]),
    );
    await service.client.send(new PublishCommand({ TopicArn, Message: 'x', MessageAttributes }));
    assert.deepEqual(await service.taken(), []);
    assert.equal(service.log.named('topic.discarded').at(-1)?.fields['subscription'], arn);
    await set(arn, 'RedrivePolicy', JSON.stringify({ deadLetterTargetArn: DEAD }));
    await service.client.send(new PublishCommand({ TopicArn, Message: 'x', MessageAttributes }));
    assert.deepEqual(
      (await service.taken()).map(({ target }) => target),
      [{ kind: 'queue', arn: DEAD }],
    );
  });
});
