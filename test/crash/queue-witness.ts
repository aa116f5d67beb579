// A witness of queues: it sends, receives and deletes until the platform is gone, remembers what was acknowledged, and objects to whatever
// it receives that it should not.

import assert from 'node:assert/strict';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
  type Message,
} from '@aws-sdk/client-sqs';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './platform-process.ts';

const GROUPS = ['a', 'b', 'c'] as const;
const NAMES = { standard: 'witness', fifo: 'witness.fifo' } as const;
/**
 * A standard queue answers a deletion that came too late as if it had been in time, so its messages are hidden for longer than any deletion
 * takes; a FIFO queue refuses it, and holds its group up until the time is over.
 */
const HIDDEN_SECONDS = { standard: '5', fifo: '1' } as const;
const WAIT_SECONDS = 1;

interface Account {
  /** The message id that its send was answered with. */
  acknowledged: string | undefined;
  /** Every id that it was received under. */
  readonly ids: Set<string>;
  deletion: 'none' | 'asked' | 'acknowledged';
}

/** What every life of the platform is asked about, by the body of the message: `a/17` of a group, `3/0/17` of a round and a sender. */
export class QueueTestimony {
  readonly standard = new Map<string, Account>();
  readonly fifo = new Map<string, Account>();
  /** The last message that each group tried to send, whatever became of it. */
  readonly lastOfGroup = new Map<string, number>();
  readonly objections: string[] = [];

  account(kind: keyof typeof NAMES, body: string): Account {
    const found = this[kind].get(body) ?? { acknowledged: undefined, ids: new Set(), deletion: 'none' };
    this[kind].set(body, found);
    return found;
  }

  /** In the order in which one receive brought them. */
  received(kind: keyof typeof NAMES, messages: readonly Message[]): void {
    const batch: string[] = [];
    for (const { Body: body = '', MessageId: id = '' } of messages) {
      const account = this[kind].get(body);
      if (account === undefined) {
        this.objections.push(`${body} was received and never sent`);
        continue;
      }
      if (account.deletion === 'acknowledged') this.objections.push(`${body} was received after its deletion was acknowledged`);
      account.ids.add(id);
      if (account.ids.size > 1) this.objections.push(`${body} is there as ${account.ids.size} messages`);
      if (account.acknowledged !== undefined && account.acknowledged !== id) this.objections.push(`${body} has another id`);
      if (kind === 'fifo') this.#checkOrder(body, batch);
      batch.push(body);
    }
  }

  /** Everything of its group that came before is gone, was asked to go, or came just before it. */
  #checkOrder(body: string, batch: readonly string[]): void {
    const [group, number] = body.split('/');
    for (const [other, { acknowledged, deletion }] of this.fifo) {
      const [otherGroup, otherNumber] = other.split('/');
      const isBefore = otherGroup === group && Number(otherNumber) < Number(number);
      if (isBefore && acknowledged !== undefined && deletion === 'none' && !batch.includes(other)) {
        this.objections.push(`${body} was received before ${other}`);
      }
    }
  }

  /** After the last life, when nothing is left to receive. */
  verdict(): readonly string[] {
    const lost = (['standard', 'fifo'] as const).flatMap((kind) =>
      [...this[kind]]
        .filter(([, { acknowledged, ids }]) => acknowledged !== undefined && ids.size === 0)
        .map(([body]) => `${body} was acknowledged and never received`),
    );
    return [...this.objections, ...lost];
  }
}

export function queueClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY };
  return new SQSClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
}

interface Life {
  readonly client: SQSClient;
  readonly testimony: QueueTestimony;
  readonly urls: Readonly<Record<keyof typeof NAMES, string>>;
  /** Senders stop; receivers go on until there is nothing left. */
  isDraining: boolean;
}

/** Until the platform stops answering. */
export async function useQueues(endpoint: string, round: number, testimony: QueueTestimony): Promise<void> {
  const life = await begin(endpoint, testimony);
  const senders = [0, 1, 2, 3].map((sender) => sendStandard(life, `${round}/${sender}`));
  const groups = GROUPS.map((group) => sendGroup(life, group));
  const receivers = (['standard', 'standard', 'fifo', 'fifo'] as const).map((kind) => receiveAll(life, kind));
  const ends = await Promise.allSettled([...senders, ...groups, ...receivers]);
  life.client.destroy();
  for (const end of ends) if (end.status === 'rejected' && !isGone(end.reason)) throw end.reason;
}

/** Receives and deletes whatever is left. */
export async function drainQueues(endpoint: string, testimony: QueueTestimony): Promise<void> {
  const life = await begin(endpoint, testimony);
  life.isDraining = true;
  await Promise.all([receiveAll(life, 'standard'), receiveAll(life, 'fifo')]);
  life.client.destroy();
}

async function begin(endpoint: string, testimony: QueueTestimony): Promise<Life> {
  const client = queueClient(endpoint);
  const make = async (kind: keyof typeof NAMES, more: Record<string, string>) => {
    const Attributes = { VisibilityTimeout: HIDDEN_SECONDS[kind], ...more };
    return (await client.send(new CreateQueueCommand({ QueueName: NAMES[kind], Attributes }))).QueueUrl ?? '';
  };
  const urls = {
    standard: await make('standard', {}),
    fifo: await make('fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' }),
  };
  return { client, testimony, urls, isDraining: false };
}

/** Alone and in batches, in turn. */
async function sendStandard({ client, testimony, urls }: Life, prefix: string): Promise<void> {
  for (let at = 0; ; at += 5) {
    const alone = `${prefix}/${at}`;
    const account = testimony.account('standard', alone);
    account.acknowledged = (await client.send(new SendMessageCommand({ QueueUrl: urls.standard, MessageBody: alone }))).MessageId;
    const Entries = [1, 2, 3, 4].map((more) => ({ Id: `${more}`, MessageBody: `${prefix}/${at + more}` }));
    const accounts = Entries.map(({ MessageBody }) => testimony.account('standard', MessageBody));
    const { Successful = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: urls.standard, Entries }));
    assert.equal(Successful.length, accounts.length);
    for (const [place, one] of accounts.entries()) one.acknowledged = Successful[place]?.MessageId;
  }
}

/** One after another. What nobody answered for is sent again first, as a client does: it must not be there twice. */
async function sendGroup({ client, testimony, urls }: Life, group: string): Promise<void> {
  for (let at = testimony.lastOfGroup.get(group) ?? 0; ; at += 1) {
    testimony.lastOfGroup.set(group, at);
    const body = `${group}/${at}`;
    const account = testimony.account('fifo', body);
    const command = new SendMessageCommand({ QueueUrl: urls.fifo, MessageBody: body, MessageGroupId: group });
    account.acknowledged = (await client.send(command)).MessageId;
  }
}

async function receiveAll(life: Life, kind: keyof typeof NAMES): Promise<void> {
  const { client, testimony, urls } = life;
  const QueueUrl = urls[kind];
  for (;;) {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: WAIT_SECONDS });
    const { Messages = [] } = await client.send(command);
    testimony.received(kind, Messages);
    if (Messages.length > 0) await remove(life, kind, Messages);
    else if (life.isDraining && (await isEmpty(client, QueueUrl))) return;
  }
}

async function remove({ client, testimony, urls }: Life, kind: keyof typeof NAMES, messages: readonly Message[]): Promise<void> {
  const accounts = messages.map(({ Body = '' }) => testimony.account(kind, Body));
  for (const account of accounts) if (account.deletion === 'none') account.deletion = 'asked';
  const Entries = messages.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle }));
  const { Successful = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: urls[kind], Entries }));
  for (const { Id } of Successful) {
    const account = accounts[Number(Id)];
    if (account !== undefined) account.deletion = 'acknowledged';
  }
}

async function isEmpty(client: SQSClient, QueueUrl: string): Promise<boolean> {
  const AttributeNames = ['All' as const];
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Object.entries(Attributes).every(([name, value]) => !name.startsWith('ApproximateNumber') || value === '0');
}

/** The connection broke, and not the platform's word. */
function isGone(error: unknown): boolean {
  return error instanceof Error && !(error instanceof SQSServiceException) && !(error instanceof assert.AssertionError);
}
