// SQS's API as far as the CLI calls it, and the platform's own look at a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/

import type {
  GetQueueAttributesResult,
  ListQueuesResult,
  ReceiveMessageResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { call, jsonOf } from '../http/client.ts';
import { jsonOperation, SQS, unless } from './protocols.ts';

export async function listQueueUrls(connection: Connection, prefix?: string): Promise<readonly string[]> {
  const urls: string[] = [];
  let token: string | undefined;
  do {
    const input = { QueueNamePrefix: prefix, MaxResults: 1000, NextToken: token };
    const page = (await jsonOperation(connection, SQS, 'ListQueues', input)) as ListQueuesResult;
    urls.push(...(page.QueueUrls ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return urls;
}

/** Takes a name, a URL or an ARN. */
export async function queueUrl(connection: Connection, queue: string): Promise<string> {
  const found = await findQueueUrl(connection, queue);
  if (found !== undefined) return found;
  throw new Failure(`There is no queue ${queueName(queue)}.`, {
    code: 'QueueDoesNotExist',
    mend: '`mayfly ls queues` shows what there is.',
  });
}

export async function findQueueUrl(connection: Connection, queue: string): Promise<string | undefined> {
  const found = await unless(
    ['QueueDoesNotExist', 'NonExistentQueue'],
    jsonOperation(connection, SQS, 'GetQueueUrl', { QueueName: queueName(queue) }),
  );
  return (found as { readonly QueueUrl: string } | undefined)?.QueueUrl;
}

/** `orders` of `orders`, `http://…/000000000000/orders` and `arn:aws:sqs:…:orders`. */
export function queueName(queue: string): string {
  return queue.split(/[/:]/).at(-1) ?? queue;
}

export async function queueAttributes(connection: Connection, url: string): Promise<Readonly<Record<string, string>>> {
  const input = { QueueUrl: url, AttributeNames: ['All'] };
  return ((await jsonOperation(connection, SQS, 'GetQueueAttributes', input)) as GetQueueAttributesResult).Attributes ?? {};
}

export async function createQueue(
  connection: Connection,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const input = { QueueName: name, Attributes: attributes, tags };
  return ((await jsonOperation(connection, SQS, 'CreateQueue', input)) as { readonly QueueUrl: string }).QueueUrl;
}

export async function setQueueAttributes(
  connection: Connection,
  url: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await jsonOperation(connection, SQS, 'SetQueueAttributes', { QueueUrl: url, Attributes: attributes });
}

export async function queueTags(connection: Connection, url: string): Promise<Readonly<Record<string, string>>> {
  const { Tags } = (await jsonOperation(connection, SQS, 'ListQueueTags', { QueueUrl: url })) as {
    readonly Tags?: Readonly<Record<string, string>>;
  };
  return Tags ?? {};
}

export async function deleteQueue(connection: Connection, url: string): Promise<void> {
  await unless(['QueueDoesNotExist', 'NonExistentQueue'], jsonOperation(connection, SQS, 'DeleteQueue', { QueueUrl: url }));
}

export async function sendMessage(connection: Connection, message: SendMessageRequest): Promise<SendMessageResult> {
  return (await jsonOperation(connection, SQS, 'SendMessage', message)) as SendMessageResult;
}

/** Waits up to 20 s for the first, and deletes what it returns. */
export async function takeMessages(connection: Connection, url: string): Promise<readonly string[]> {
  const input = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 };
  const { Messages = [] } = (await jsonOperation(connection, SQS, 'ReceiveMessage', input)) as ReceiveMessageResult;
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await jsonOperation(connection, SQS, 'DeleteMessageBatch', { QueueUrl: url, Entries });
  return Messages.map(({ Body }) => Body ?? '');
}

export interface PeekedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  readonly sentAtMs: number;
  readonly receives: number;
  readonly groupId?: string;
  readonly deadLetterSource?: string;
}

export async function peekMessages(connection: Connection, queue: string, limit: number): Promise<readonly PeekedMessage[]> {
  const query = { queue: queueName(queue), limit: String(limit) };
  const answer = await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/messages', query });
  return (jsonOf(answer) as { readonly messages: readonly PeekedMessage[] }).messages;
}
