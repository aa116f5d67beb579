// A real gateway on port 0 that serves SQS and nothing else, and the SDK's client for it.

import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
  type Message,
  type ReceiveMessageCommandInput,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { createQueues, type Queues } from '#queues';
import { sqsHandlers } from '../../src/gateway/sqs/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';
import { openGateway, refusalsOf, type Refusal } from './one-service.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore } from './temporary-store.ts';

export interface QueuesService {
  readonly client: SQSClient;
  readonly endpoint: string;
  readonly queues: Queues;
  /** The URL of a queue of a name of its own. */
  queue(attributes?: Readonly<Record<string, string>>): Promise<string>;
  send(url: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<string>;
  receive(url: string, more?: Partial<ReceiveMessageCommandInput>, abortSignal?: AbortSignal): Promise<Message[]>;
  remove(url: string, message: Message | undefined): Promise<void>;
  close(): Promise<void>;
}

export async function openQueuesService(): Promise<QueuesService> {
  const log = new QuietLog();
  const opened = await openTemporaryStore({ clock: realClock, log });
  const queues = createQueues({ store: opened.store, scopes: [SCOPE], clock: realClock, random: realRandom, log });
  queues.start();
  const gateway = await openGateway({
    services: { sqs: { handlers: sqsHandlers({ queues }) } },
    log,
  });
  const client = new SQSClient(gateway.settings);
  let made = 0;
  return {
    client,
    endpoint: gateway.endpoint,
    queues,
    async queue(attributes = {}) {
      const QueueName = `queue-${(made += 1)}${attributes['FifoQueue'] === 'true' ? '.fifo' : ''}`;
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes: { ...attributes } }));
      return QueueUrl ?? '';
    },
    async send(QueueUrl, MessageBody, more = {}) {
      const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
      return MessageId ?? '';
    },
    async receive(QueueUrl, more = {}, abortSignal) {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more });
      const { Messages } = await client.send(command, abortSignal === undefined ? {} : { abortSignal });
      return Messages ?? [];
    },
    async remove(QueueUrl, message) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    },
    async close() {
      client.destroy();
      await gateway.close();
      await queues.close();
      await opened.close();
    },
  };
}

export const NO_QUEUE: Refusal = {
  name: 'QueueDoesNotExist',
  message: 'The specified queue does not exist.',
  status: 400,
};

export const refusalOf = refusalsOf(SQSServiceException);
