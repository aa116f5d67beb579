// From a topic to whoever subscribed, on a whole platform: servers that confirm and check signatures, mailboxes, functions, and queues in order.

import assert from 'node:assert/strict';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test, type TestContext } from 'node:test';
import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SMTPServer } from 'smtp-server';
import { REGION, ROOT, runPlatform, type RunningPlatform } from '../../support/running-platform.ts';

const arnOf = (service: string, name: string): string => `arn:aws:${service}:${REGION}:000000000000:${name}`;

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What comes in, one after the other. */
class Arrivals<Item> {
  readonly #emitter = new EventEmitter();
  readonly #items = on(this.#emitter, 'item');

  add(item: Item): void {
    this.#emitter.emit('item', item);
  }

  async next(): Promise<Item> {
    const { value = [] } = await this.#items.next();
    const [item] = value as readonly Item[];
    assert(item !== undefined, 'nothing more comes');
    return item;
  }
}

describe('a topic', () => {
  let platform: RunningPlatform;
  let sns: SNSClient;
  let sqs: SQSClient;
  let mailbox: SMTPServer;
  const mails = new Arrivals<string>();

  before(async () => {
    mailbox = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      logger: false,
      closeTimeout: 10,
      onData: (stream, _session, done) => void text(stream).then((mail) => (mails.add(mail), done())),
    });
    mailbox.listen(0, '127.0.0.1');
    await once(mailbox.server, 'listening');
    const { port } = mailbox.server.address() as AddressInfo;
    platform = await runPlatform({
      environment: {
        MAYFLY_HTTP_TARGETS: 'any',
        MAYFLY_SMTP_URL: `smtp://127.0.0.1:${port}`,
        MAYFLY_MAIL_FROM: 'topics@example.com',
      },
    });
    const options = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
    sns = new SNSClient(options);
    sqs = new SQSClient(options);
  });

  after(async () => {
    sns.destroy();
    sqs.destroy();
    await platform.close();
    await new Promise<void>((resolve) => mailbox.close(() => resolve()));
  });

  const topic = async (Name: string, Attributes?: Record<string, string>) =>
    (await sns.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '';
  const queue = async (QueueName: string, Attributes?: Record<string, string>) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  const subscribe = (TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) =>
    sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
  const publish = (input: PublishCommandInput) => sns.send(new PublishCommand(input));

  async function server(context: TestContext): Promise<{ readonly url: string; readonly posts: Arrivals<Post> }> {
    const posts = new Arrivals<Post>();
    const listening = createServer((request, response) => {
      void text(request).then((body) => {
        posts.add({ headers: request.headers, body });
        response.end();
      });
    });
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    context.after(() => listening.close());
    return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hook`, posts };
  }

  /** As a subscriber checks what it got: with nothing but the document. */
  async function isSigned(body: string, names: readonly string[]): Promise<boolean> {
    const document = JSON.parse(body) as Record<string, string>;
    const answer = await fetch(document['SigningCertURL'] ?? '');
    const key = new X509Certificate(await answer.text()).publicKey.export({ type: 'spki', format: 'pem' });
    const signed = names.flatMap((name) => (document[name] === undefined ? [] : [`${name}\n${document[name]}\n`])).join('');
    const algorithm = document['SignatureVersion'] === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
    return verify(algorithm, Buffer.from(signed), createPublicKey(key), Buffer.from(document['Signature'] ?? '', 'base64'));
  }

  test('asks a server, which confirms by the link, and then gets what is published, signed', async (context) => {
    const { url, posts } = await server(context);
    const TopicArn = await topic('hooks', { SignatureVersion: '2' });
    assert.equal((await subscribe(TopicArn, 'http', url)).SubscriptionArn, 'pending confirmation');
    const asked = await posts.next();
    assert.equal(asked.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
    assert.ok(await isSigned(asked.body, ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']));
    const { SubscribeURL } = JSON.parse(asked.body) as { SubscribeURL: string };
    assert.equal((await fetch(SubscribeURL)).status, 200);
    const { MessageId } = await publish({ TopicArn, Message: 'grüße', Subject: 'News' });
    const notified = await posts.next();
    assert.equal(notified.headers['x-amz-sns-message-id'], MessageId);
    assert.equal((JSON.parse(notified.body) as { Message: string }).Message, 'grüße');
    assert.ok(await isSigned(notified.body, ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']));
    const { UnsubscribeURL } = JSON.parse(notified.body) as { UnsubscribeURL: string };
    assert.equal((await fetch(UnsubscribeURL)).status, 200);
    assert.equal((await posts.next()).headers['x-amz-sns-message-type'], 'UnsubscribeConfirmation');
  });

  test('asks an address by mail, and then writes to it', async () => {
    const TopicArn = await topic('mails', { DisplayName: 'Orders' });
    await subscribe(TopicArn, 'email', 'reader@example.com');
    const asked = unfolded(await mails.next());
    assert.match(asked, /^From: Orders <topics@example\.com>\r$/m);
    assert.match(asked, /^Subject: AWS Notification - Subscription Confirmation\r$/m);
    const link = /http:\S+confirmation\.html\S+/.exec(asked)?.[0] ?? '';
    assert.equal((await fetch(link)).status, 200);
    await publish({ TopicArn, Message: 'Order 7 has left.', Subject: 'Order 7' });
    const mail = unfolded(await mails.next());
    assert.match(mail, /^Subject: Order 7\r$/m);
    assert.match(mail, /\r\n\r\nOrder 7 has left\.\r\n/);
  });

  test('leaves what a function may not be invoked with in the dead-letter queue, as the message that it is', async () => {
    await platform.deploy(
      'reader',
      'export const handler = async (event) => console.log(JSON.stringify(event.Records[0].Sns.Message));',
    );
    const dead = await queue('functions-dead');
    const TopicArn = await topic('functions');
    await subscribe(TopicArn, 'lambda', arnOf('lambda', 'function:reader'), {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'functions-dead') }),
    });
    await publish({ TopicArn, Message: 'hello' });
    const { Messages: [letter] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 20 }));
    const document = JSON.parse(letter?.Body ?? '{}') as Record<string, string>;
    assert.deepEqual([document['Type'], document['Message'], document['TopicArn']], ['Notification', 'hello', TopicArn]);
    assert.ok(await isSigned(letter?.Body ?? '', ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type']));
  });

  test('keeps the order of its groups in an ordered queue, and the same message once', async () => {
    const QueueUrl = await queue('ordered.fifo', { FifoQueue: 'true' });
    const TopicArn = await topic('ordered.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' });
    await subscribe(TopicArn, 'sqs', arnOf('sqs', 'ordered.fifo'), { RawMessageDelivery: 'true' });
    for (let batch = 0; batch < 5; batch += 1)
      await sns.send(
        new PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: Array.from({ length: 10 }, (_, place) => ({
            Id: `e${place}`,
            // Each twice.
            Message: `${batch}${Math.floor(place / 2)}`,
            MessageGroupId: place % 4 < 2 ? 'a' : 'b',
          })),
        }),
      );
    const received = new Map<string, string[]>();
    for (let count = 0; count < 25;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 20,
          MessageSystemAttributeNames: ['MessageGroupId'],
        }),
      );
      assert.ok(Messages.length > 0, `only ${count} of 25 have arrived`);
      for (const { Body = '', Attributes } of Messages)
        received.set(Attributes?.MessageGroupId ?? '', [...(received.get(Attributes?.MessageGroupId ?? '') ?? []), Body]);
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, place) => ({ Id: String(place), ReceiptHandle })),
        }),
      );
      count += Messages.length;
    }
    const expected = (places: readonly number[]) => [0, 1, 2, 3, 4].flatMap((batch) => places.map((place) => `${batch}${place}`));
    assert.deepEqual(received.get('a'), expected([0, 2, 4]));
    assert.deepEqual(received.get('b'), expected([1, 3]));
  });
});

/** Long lines of a mail are broken with `=`, and `=` itself is written as `=3D`. */
function unfolded(mail: string): string {
  return mail.replaceAll('=\r\n', '').replaceAll('=3D', '=');
}
