// A running platform with queues, functions that tell a queue of what they got, and mappings and pipes that are waited for.

import assert from 'node:assert/strict';
import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import { CreateEventSourceMappingCommand, GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { REGION, ROOT, runPlatform } from './running-platform.ts';

export type MappedPlatform = Awaited<ReturnType<typeof runMappedPlatform>>;

export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  readonly [member: string]: unknown;
}

/** Source of a handler that tells the queue `RESULTS` of its event, then does what `then` says with `event` and `bodies`. */
export const tellingHandler = (then = '') => `
  import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
  const sqs = new SQSClient({});
  export const handler = async (event) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.RESULTS, MessageBody: JSON.stringify(event) }));
    const bodies = (event.Records ?? event).map((record) => record.body);
    ${then}
  };`;

export async function runMappedPlatform(options: Parameters<typeof runPlatform>[0] = {}) {
  const platform = await runPlatform(options);
  const { lambda } = platform;
  const sqs = new SQSClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });

  async function queue(QueueName: string, Attributes: Record<string, string> = {}) {
    const fifo = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { ...fifo, ...Attributes } }));
    return { url: QueueUrl ?? '', arn: `arn:aws:sqs:${REGION}:000000000000:${QueueName}` };
  }

  /** In their order, each `group:body` or `body`. */
  async function send(QueueUrl: string, ...messages: readonly string[]): Promise<void> {
    const Entries = messages.map((message, index) => {
      const [group, body] = QueueUrl.endsWith('.fifo') ? message.split(':') : [undefined, message];
      const order = group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: message };
      return { Id: String(index), MessageBody: body ?? '', ...order };
    });
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    assert.deepEqual(Failed, []);
  }

  /** The next message, which is deleted. */
  async function next(QueueUrl: string): Promise<string> {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [message] = Messages;
    assert.ok(message?.Body !== undefined, 'no message came within 20 s');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return message.Body;
  }

  async function state(UUID: string | undefined, wanted: string): Promise<void> {
    for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
      const found = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
      if (found.State === wanted) return;
      assert.ok(Date.now() < deadline, `the mapping is still ${found.State}`);
    }
  }

  return {
    ...platform,
    sqs,
    queue,
    send,
    next,
    state,
    /** The records that a telling function got next. */
    nextRecords: async (QueueUrl: string) =>
      (JSON.parse(await next(QueueUrl)) as { readonly Records: readonly SqsRecord[] }).Records,
    /** Until nothing of the queue is left, in flight or not. */
    async emptied(QueueUrl: string): Promise<void> {
      const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
      for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
        if (Object.values(Attributes).every((count) => count === '0')) return;
        assert.ok(Date.now() < deadline, JSON.stringify(Attributes));
      }
    },
    /** Made and enabled. */
    async map(input: CreateEventSourceMappingCommandInput): Promise<string> {
      const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
      await state(UUID, input.Enabled === false ? 'Disabled' : 'Enabled');
      return UUID ?? '';
    },
    async close(): Promise<void> {
      sqs.destroy();
      await platform.close();
    },
    async stop(): Promise<string> {
      sqs.destroy();
      return platform.stop();
    },
  };
}
