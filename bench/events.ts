// Events through the door, in one run: SendMessage beside a signed operation that does nothing, a bus with 10,000 rules beside one with 10, how
// fast a queue wakes a function and how soon, how soon an asynchronous invocation begins, and what 100,000 idle queues and schedules cost.
// Prints tables and a line of JSON. Run it on a quiet machine, on the disk that is meant: TMPDIR=/var/tmp npm run bench events

import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, CreateEventBusCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sign } from '../cli/http/signer.ts';
import { REGION, ROOT, runPlatform } from '../test/support/running-platform.ts';
import { Children, compare, LOADED_BY, median, table } from './harness.ts';
import type { Figures, Target } from './harness.ts';
import { measureIdle } from './idle-events.ts';

const RULES = { few: 10, many: 10_000 };
const QUEUED = 20_000;
const QUEUE_ROUNDS = 3;
const SAMPLES = 200;
/** Between two events at a low rate: nobody is busy any more when the next one comes. */
const PAUSE_MS = 20;
const IDLE = Number(process.argv[2] ?? 100_000);

/** Remembers when each event began, and tells whoever asks. */
const STAMP = `const began = new Map();
export const handler = async (event) => {
  const now = performance.timeOrigin + performance.now();
  if (event.report) return Object.fromEntries(began);
  for (const record of event.Records ?? [event]) began.set(record.body ?? record.id, now);
};`;

if (process.argv[2] === 'mayfly') await serve();
else await report();

/** What a child says when it is ready. */
interface Served {
  readonly endpoint: string;
}

type Platform = Awaited<ReturnType<typeof runPlatform>>;

async function serve(): Promise<void> {
  const platform = await runPlatform();
  try {
    await furnish(platform);
    process.stdout.write(`${JSON.stringify({ endpoint: platform.endpoint } satisfies Served)}\n`);
    for await (const order of process.stdin.map(String)) {
      if (order.trim() === 'latency') process.stdout.write(`${JSON.stringify(await latencies(platform))}\n`);
      if (order.trim() === 'throughput') process.stdout.write(`${JSON.stringify(await throughput(platform))}\n`);
    }
  } finally {
    await platform.close();
  }
}

function clientsOf({ endpoint }: Platform) {
  const settings = { endpoint, region: REGION, credentials: ROOT };
  return { sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }), events: new EventBridgeClient(settings) };
}

function queueUrl(endpoint: string, name: string): string {
  return `${endpoint}/000000000000/${name}`;
}

function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:000000000000:${name}`;
}

async function furnish(platform: Platform): Promise<void> {
  const { sqs, events } = clientsOf(platform);
  for (const QueueName of ['sent', 'stamped', 'worked']) await sqs.send(new CreateQueueCommand({ QueueName }));
  for (const FunctionName of ['stamp', 'later']) {
    await platform.deploy(FunctionName, STAMP, { MemorySize: 1769 });
    // One instance, so that it knows of every event.
    await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }));
  }
  await platform.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: 'stamp', EventSourceArn: queueArn('stamped'), BatchSize: 1 }),
  );
  await platform.deploy('work', 'export const handler = async () => {};', { MemorySize: 1769 });
  for (const [EventBusName, rules] of Object.entries(RULES)) {
    await events.send(new CreateEventBusCommand({ Name: EventBusName }));
    for (let first = 0; first < rules; first += 32) {
      const names = Array.from({ length: Math.min(32, rules - first) }, (_, index) => first + index);
      await Promise.all(
        names.map((number) =>
          events.send(new PutRuleCommand({ EventBusName, Name: `rule-${number}`, EventPattern: patternOf(number) })),
        ),
      );
    }
  }
}

/** As rules are: each for a source and a type of its own, with a condition on the detail. */
function patternOf(number: number): string {
  return JSON.stringify({
    source: [`shop.${number}`],
    'detail-type': ['Order', { prefix: `Refund-${number}` }],
    detail: { price: [{ numeric: ['>', number] }], country: ['de', { 'anything-but': ['us'] }] },
  });
}

async function report(): Promise<void> {
  const children = new Children();
  try {
    const self = new URL(import.meta.url);
    const load = children.start(new URL('load.ts', self));
    const mayfly = children.start(self, 'mayfly');
    const { endpoint } = JSON.parse(await mayfly.line()) as Served;
    const pid = mayfly.process.pid ?? 0;
    const shared = { load, rounds: 5, roundMs: 1000, connections: [32] };
    const sends = await compare({ ...shared, targets: sendTargets(endpoint, pid) });
    const rules = await compare({ ...shared, targets: ruleTargets(endpoint, pid) });
    mayfly.say('latency');
    const latency = JSON.parse(await mayfly.line()) as Latencies;
    mayfly.say('throughput');
    const perSecond = JSON.parse(await mayfly.line()) as number;
    const idle = await measureIdle(IDLE);
    const ratios = {
      sendMessageOverNoOperation: ratioOf(sends, 'perSecond'),
      putEventsCpuWithManyRulesOverFew: ratioOf(rules, 'cpuUs'),
      queueToFunctionPerSecond: Math.round(perSecond),
      sendToHandlerP50Ms: latency.queueMs,
      acceptedToHandlerP50Ms: latency.asyncMs,
      ...idle,
    };
    process.stdout.write(
      [
        `loaded by ${LOADED_BY}`,
        figuresTable('signed requests', sends),
        figuresTable('PutEvents, one event', rules),
        table([['what', 'figure'], ...Object.entries(ratios).map(([name, value]) => [name, String(value)])]),
        JSON.stringify({ bench: 'events', loadedBy: LOADED_BY, sends, rules, ratios }),
        '',
      ].join('\n\n'),
    );
  } finally {
    await children.close();
  }
}

interface Operation {
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A signature holds for fifteen minutes, and for as many requests as are sent. */
function target(name: string, endpoint: string, pid: number, { service, headers, body }: Operation): Target {
  const url = new URL(endpoint);
  const toSign = {
    method: 'POST',
    host: url.host,
    path: '/',
    query: [],
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    body: Buffer.from(body),
  };
  const signed = sign(toSign, ROOT, { service, region: REGION, now: new Date() });
  return { name, pid, order: { port: Number(url.port), path: '/', post: { headers: { host: url.host, ...signed }, body } } };
}

function sendTargets(endpoint: string, pid: number): readonly Target[] {
  const json = (operation: string): Readonly<Record<string, string>> => ({
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${operation}`,
  });
  const QueueUrl = queueUrl(endpoint, 'sent');
  return [
    // Says where the queue is: a look into memory.
    target('GetQueueUrl', endpoint, pid, {
      service: 'sqs',
      headers: json('GetQueueUrl'),
      body: JSON.stringify({ QueueName: 'sent' }),
    }),
    target('SendMessage', endpoint, pid, {
      service: 'sqs',
      headers: json('SendMessage'),
      body: JSON.stringify({ QueueUrl, MessageBody: 'x'.repeat(500) }),
    }),
  ];
}

function ruleTargets(endpoint: string, pid: number): readonly Target[] {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  return Object.keys(RULES).map((EventBusName) => {
    const Detail = JSON.stringify({ price: 100_000, country: 'de', note: 'x'.repeat(300) });
    const body = JSON.stringify({ Entries: [{ EventBusName, Source: 'shop.7', DetailType: 'Order', Detail }] });
    return target(EventBusName, endpoint, pid, { service: 'events', headers, body });
  });
}

interface Latencies {
  readonly queueMs: number;
  readonly asyncMs: number;
}

async function latencies(platform: Platform): Promise<Latencies> {
  const { sqs } = clientsOf(platform);
  const QueueUrl = queueUrl(platform.endpoint, 'stamped');
  const now = (): number => performance.timeOrigin + performance.now();
  const sent = new Map<string, number>();
  const accepted = new Map<string, number>();
  for (let index = 0; index < SAMPLES; index += 1) {
    sent.set(`sent-${index}`, now());
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `sent-${index}` }));
    await delay(PAUSE_MS);
    await platform.invoke('later', { id: `later-${index}` }, { InvocationType: 'Event' });
    accepted.set(`later-${index}`, now());
    await delay(PAUSE_MS);
  }
  return { queueMs: await medianOf(platform, 'stamp', sent), asyncMs: await medianOf(platform, 'later', accepted) };
}

async function medianOf(platform: Platform, name: string, since: ReadonlyMap<string, number>): Promise<number> {
  const { document } = await platform.invoke(name, { report: true });
  const began = document as Readonly<Record<string, number>>;
  // The first ones warm up; an instance that was replaced forgot what it had seen.
  return rounded(median([...since].slice(20).flatMap(([id, at]) => (began[id] === undefined ? [] : [began[id] - at]))));
}

/** Messages that lie there already, in batches of ten, from the moment when the mapping is switched on to the last deletion. */
async function throughput(platform: Platform): Promise<number> {
  const { sqs } = clientsOf(platform);
  const QueueUrl = queueUrl(platform.endpoint, 'worked');
  const mapping = { FunctionName: 'work', EventSourceArn: queueArn('worked'), BatchSize: 10, Enabled: false };
  const { UUID } = await platform.lambda.send(new CreateEventSourceMappingCommand(mapping));
  const rates: number[] = [];
  for (let round = 0; round < QUEUE_ROUNDS; round += 1) {
    // What is filled in before it has stopped would be gone before the time begins.
    await stateComes(platform, UUID, 'Disabled');
    await fill(sqs, QueueUrl);
    const began = performance.now();
    await platform.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    while ((await waiting(sqs, QueueUrl)) > 0) await delay(20);
    rates.push((QUEUED / (performance.now() - began)) * 1000);
    await stateComes(platform, UUID, 'Enabled');
    await platform.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  }
  return median(rates);
}

async function fill(sqs: SQSClient, QueueUrl: string): Promise<void> {
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: 'x'.repeat(100) }));
  for (let sent = 0; sent < QUEUED; sent += 320)
    await Promise.all(Array.from({ length: 32 }, () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))));
}

async function stateComes({ lambda }: Platform, UUID: string | undefined, state: string): Promise<void> {
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== state) await delay(20);
}

async function waiting(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }));
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

function ratioOf([base, other]: readonly Figures[], figure: 'perSecond' | 'cpuUs'): number {
  return rounded((other?.[figure] ?? Number.NaN) / (base?.[figure] ?? Number.NaN));
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function figuresTable(title: string, all: readonly Figures[]): string {
  const rows = all.map(({ target: name, perSecond, p50Us, p99Us, cpuUs, foreign, errors }) => [
    name,
    perSecond.toFixed(0),
    p50Us.toFixed(0),
    p99Us.toFixed(0),
    cpuUs.toFixed(1),
    `${(foreign * 100).toFixed(0)} %`,
    String(errors),
  ]);
  return table([[title, 'req/s', 'p50 µs', 'p99 µs', 'CPU µs', 'foreign', 'errors'], ...rows]);
}
