// SQS over the query protocol, as clients spoke it until 2023: forms in, XML out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openQueuesService, type QueuesService } from '../../support/queues-service.ts';
import { signRequest } from '../../support/sign-request.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

/** To the queue's own URL where there is one, as old clients do. */
async function ask(parameters: Readonly<Record<string, string>>, path = '/') {
  const body = new URLSearchParams({ Version: '2012-11-05', ...parameters }).toString();
  const headers = signRequest({
    method: 'POST',
    url: path,
    headers: { host: new URL(service.endpoint).host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
    service: 'sqs',
    nowMs: Date.now(),
    ...ROOT_KEY,
  });
  const answer = await fetch(`${service.endpoint}${path}`, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
}

const path = (url: string) => new URL(url).pathname;
const inside = (text: string, element: string) => new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(text)?.[1];

test('a queue is made with attributes and tags, and lists itself', async () => {
  const made = await ask({
    Action: 'CreateQueue',
    QueueName: 'forms',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '7',
    'Tag.1.Key': 'a',
    'Tag.1.Value': 'b',
  });
  assert.equal(made.status, 200);
  const url = inside(made.text, 'QueueUrl') ?? '';
  assert.equal(url, `${service.endpoint}/000000000000/forms`);
  const attributes = await ask({ Action: 'GetQueueAttributes', 'AttributeName.1': 'VisibilityTimeout', QueueUrl: url }, path(url));
  assert.match(attributes.text, /<Attribute><Name>VisibilityTimeout<\/Name><Value>7<\/Value><\/Attribute>/);
  const tags = await ask({ Action: 'ListQueueTags', QueueUrl: url }, path(url));
  assert.match(tags.text, /<Tag><Key>a<\/Key><Value>b<\/Value><\/Tag>/);
});

test('messages go in and out with their attributes', async () => {
  const url = await service.queue();
  const sent = await ask(
    {
      Action: 'SendMessage',
      QueueUrl: url,
      MessageBody: '<order> & é',
      'MessageAttribute.1.Name': 'kind',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'new',
    },
    path(url),
  );
  assert.match(inside(sent.text, 'MD5OfMessageAttributes') ?? '', /^[0-9a-f]{32}$/);
  const received = await ask(
    { Action: 'ReceiveMessage', QueueUrl: url, 'AttributeName.1': 'All', 'MessageAttributeName.1': 'All' },
    path(url),
  );
  assert.equal(inside(received.text, 'Body'), '&lt;order&gt; &amp; é');
  assert.match(received.text, /<Attribute><Name>ApproximateReceiveCount<\/Name><Value>1<\/Value><\/Attribute>/);
  assert.match(received.text, /<MessageAttribute><Name>kind<\/Name><Value>.*<StringValue>new<\/StringValue>/s);
  const removed = await ask(
    { Action: 'DeleteMessage', QueueUrl: url, ReceiptHandle: inside(received.text, 'ReceiptHandle') ?? '' },
    path(url),
  );
  assert.equal(removed.status, 200);
});

test('a batch answers entry by entry', async () => {
  const url = await service.queue();
  const { text } = await ask(
    {
      Action: 'SendMessageBatch',
      QueueUrl: url,
      'SendMessageBatchRequestEntry.1.Id': 'good',
      'SendMessageBatchRequestEntry.1.MessageBody': 'x',
      'SendMessageBatchRequestEntry.2.Id': 'late',
      'SendMessageBatchRequestEntry.2.MessageBody': 'x',
      'SendMessageBatchRequestEntry.2.DelaySeconds': '901',
    },
    path(url),
  );
  assert.match(text, /<SendMessageBatchResultEntry><Id>good<\/Id>/);
  assert.match(text, /<BatchResultErrorEntry><Id>late<\/Id><SenderFault>true<\/SenderFault><Code>InvalidParameterValue<\/Code>/);
});

test('errors have the codes that they always had', async () => {
  const url = await service.queue();
  const missing = await ask({ Action: 'SendMessage', QueueUrl: `${url}-not`, MessageBody: 'x' });
  assert.equal(missing.status, 400);
  assert.match(missing.text, /<Type>Sender<\/Type><Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code>/);
  const tooMany = await ask({ Action: 'ReceiveMessage', QueueUrl: url, MaxNumberOfMessages: '11' });
  assert.match(tooMany.text, /<Code>InvalidParameterValue<\/Code>/);
  const nothing = await ask({ Action: 'SendMessage', QueueUrl: url });
  assert.match(
    nothing.text,
    /<Code>MissingParameter<\/Code><Message>The request must contain the parameter MessageBody\.<\/Message>/,
  );
  const unknown = await ask({ Action: 'Fly', QueueUrl: url });
  assert.match(unknown.text, /<Code>InvalidAction<\/Code>/);
});
