// Sends events in every way until the platform dies, remembers what was acknowledged, and asks the next platform what has become of it.

import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { PublishCommand } from '@aws-sdk/client-sns';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { setTimeout as delay } from 'node:timers/promises';
import { BUCKET, closeClients, eventClients, queueArn, queueUrl, ROLE, TOPIC, type Clients } from './event-house.ts';

/** Where each acknowledged event has to arrive. */
const ARRIVES = {
  standard: ['seen'],
  ordered: ['order.fifo'],
  topic: ['fan-one', 'fan-two'],
  bus: ['ruled'],
  async: ['seen', 'done'],
  object: ['seen', 'done'],
  schedule: ['ticks'],
} as const;
type Flow = keyof typeof ARRIVES;
type Place = (typeof ARRIVES)[Flow][number];
const PLACES = [...new Set(Object.values(ARRIVES).flat())];
const GROUPS = ['red', 'green', 'blue'] as const;
type Group = (typeof GROUPS)[number];

interface Step {
  readonly group: Group;
  readonly id: string;
  readonly number: number;
}

/** What the witness knows, over all lives of the platform. */
export class Testimony {
  readonly acknowledged = new Map<string, Flow>();
  readonly arrived = new Set<string>();
  /** Sent, and neither acknowledged nor refused: the platform died meanwhile. */
  readonly open = new Map<Group, Step>();
  /** Steps in the order in which the function met each of them first. */
  readonly met: Record<Group, number[]> = { red: [], green: [], blue: [] };
  /** Under which ids each step was a message. */
  readonly messageIds = new Map<string, Set<string>>();
  /** Sent at all: whatever arrives must be one of these. */
  readonly sent = new Set<string>();
  #numbers = 0;

  next(flow: Flow, round: number): string {
    this.#numbers += 1;
    const id = `${flow}-${round}-${this.#numbers}`;
    this.sent.add(id);
    return id;
  }

  get number(): number {
    return this.#numbers;
  }

  missing(): readonly string[] {
    return [...this.acknowledged].flatMap(([id, flow]) =>
      ARRIVES[flow]
        .filter((place) => !this.arrived.has(`${place} ${id}`))
        .map((place) => `${id} was acknowledged and is lost: it is not in ${place}`),
    );
  }
}

/** Ends when the platform has stopped answering; an error that is not its death is one of the test. */
export async function live(endpoint: string, round: number, testimony: Testimony): Promise<void> {
  const clients = eventClients(endpoint);
  const one = (flow: Flow, send: (id: string) => Promise<unknown>, pauseMs: number): Promise<never> =>
    forever(async () => {
      const id = testimony.next(flow, round);
      await send(id);
      testimony.acknowledged.set(id, flow);
      await delay(pauseMs);
    });
  const ended = await Promise.allSettled([
    one('standard', (id) => sendStandard(clients, endpoint, id), 3),
    one('standard', (id) => sendStandard(clients, endpoint, id), 3),
    ...GROUPS.map((group) => sendSteps({ clients, endpoint, round, testimony }, group)),
    one('topic', (id) => clients.sns.send(new PublishCommand({ TopicArn: TOPIC, Message: JSON.stringify({ id }) })), 10),
    one('bus', (id) => putEvent(clients, id), 10),
    one('async', (id) => invokeLater(clients, id), 20),
    one('object', (id) => clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: id, Body: id })), 20),
    one('schedule', (id) => schedule(clients, id), 100),
  ]);
  closeClients(clients);
  for (const end of ended) if (end.status === 'rejected' && !isDeath(end.reason)) throw end.reason;
}

async function forever(step: () => Promise<void>): Promise<never> {
  for (;;) await step();
}

function sendStandard({ sqs }: Clients, endpoint: string, id: string): Promise<unknown> {
  const MessageBody = JSON.stringify({ flow: 'standard', id });
  return sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(endpoint, 'work'), MessageBody }));
}

interface Sending {
  readonly clients: Clients;
  readonly endpoint: string;
  readonly round: number;
  readonly testimony: Testimony;
}

/** One after another, so that their order is known; some are sent twice, as by a sender that did not hear the first answer. */
function sendSteps(sending: Sending, group: Group): Promise<never> {
  const { round, testimony } = sending;
  return forever(async () => {
    const step = { group, id: testimony.next('ordered', round), number: testimony.number };
    testimony.open.set(group, step);
    await sendStep(sending, step);
    if (step.number % 3 === 0) await sendStep(sending, step);
    testimony.open.delete(group);
    await delay(10);
  });
}

async function sendStep({ clients, endpoint, testimony }: Omit<Sending, 'round'>, step: Step): Promise<void> {
  await clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(endpoint, 'steps.fifo'),
      MessageGroupId: step.group,
      MessageDeduplicationId: step.id,
      MessageBody: JSON.stringify({ flow: 'ordered', ...step }),
    }),
  );
  testimony.acknowledged.set(step.id, 'ordered');
}

async function putEvent({ events }: Clients, id: string): Promise<void> {
  const entry = { Source: 'witness', DetailType: 'Event', Detail: JSON.stringify({ id }) };
  const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount !== 0) throw new Error(`PutEvents refused ${id}`);
}

function invokeLater({ lambda }: Clients, id: string): Promise<unknown> {
  const Payload = JSON.stringify({ flow: 'async', id });
  return lambda.send(new InvokeCommand({ FunctionName: 'witness', InvocationType: 'Event', Payload }));
}

function schedule({ scheduler }: Clients, id: string): Promise<unknown> {
  const at = new Date(Date.now() + 1500).toISOString().slice(0, 19);
  return scheduler.send(
    new CreateScheduleCommand({
      Name: id,
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: queueArn('ticks'), RoleArn: ROLE, Input: JSON.stringify({ id }) },
    }),
  );
}

/** The platform was killed under a request: a connection error, or an answer cut short. Everything else is a finding. */
function isDeath(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|aborted|other side closed|premature|TimeoutError/i.test(
    `${String(error)} ${name} ${code}`,
  );
}

/** What is acknowledged must have arrived by then, however slow the machine: a lease of a dead platform, and then all of the work. */
const ARRIVAL_MS = 90_000;

/** Every finding as a sentence; none when all that was ever acknowledged has arrived, in its order. */
export async function examine(endpoint: string, testimony: Testimony, arrivalMs = ARRIVAL_MS): Promise<readonly string[]> {
  const clients = eventClients(endpoint);
  // A sender that does not know whether its message was taken sends it again, under the same deduplication id.
  for (const [group, step] of testimony.open) {
    await sendStep({ clients, endpoint, testimony }, step);
    testimony.open.delete(group);
  }
  const until = Date.now() + arrivalMs;
  const isOver = (): boolean => testimony.missing().length === 0 || Date.now() > until;
  await Promise.all(
    PLACES.map(async (place) => {
      while (!isOver()) await drain(clients, endpoint, place, testimony);
    }),
  );
  closeClients(clients);
  return [...testimony.missing(), ...disorder(testimony), ...doubles(testimony), ...strangers(testimony)];
}

interface Report {
  readonly id?: string;
  readonly group?: Group;
  readonly number?: number;
  readonly messageId?: string;
  /** Of a destination's record. */
  readonly requestPayload?: {
    readonly id?: string;
    readonly Records?: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
  };
}

function idOf({ id, requestPayload }: Report): string {
  return id ?? requestPayload?.id ?? decodeURIComponent(requestPayload?.Records?.[0]?.s3.object.key ?? '');
}

async function drain({ sqs }: Clients, endpoint: string, place: Place, testimony: Testimony): Promise<void> {
  const QueueUrl = queueUrl(endpoint, place);
  const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
  for (const message of Messages) note(place, message, testimony);
  if (Messages.length === 0) return;
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
}

function note(place: Place, { Body = '' }: Message, { arrived, met, messageIds }: Testimony): void {
  const report = JSON.parse(Body) as Report;
  const id = idOf(report);
  const isFirst = !arrived.has(`${place} ${id}`);
  arrived.add(`${place} ${id}`);
  const { group, number, messageId } = report;
  if (group === undefined || number === undefined || messageId === undefined) return;
  if (isFirst) met[group].push(number);
  messageIds.set(id, (messageIds.get(id) ?? new Set()).add(messageId));
}

function disorder({ met }: Testimony): readonly string[] {
  return GROUPS.flatMap((group) =>
    met[group].flatMap((number, index, all) =>
      number > (all[index - 1] ?? 0) ? [] : [`group ${group}: step ${number} came after step ${all[index - 1]}`],
    ),
  );
}

/** A message that is delivered again keeps its id; another id would be a second message within the deduplication window. */
function doubles({ messageIds }: Testimony): readonly string[] {
  return [...messageIds].flatMap(([id, ids]) => (ids.size === 1 ? [] : [`${id} was stored ${ids.size} times in its window`]));
}

function strangers({ arrived, sent }: Testimony): readonly string[] {
  return [...arrived].filter((one) => !sent.has(one.split(' ')[1] ?? '')).map((one) => `nobody sent ${one}`);
}
