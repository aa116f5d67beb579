// `mayfly ls`: functions, buckets, queues, topics, rules and schedules, or the objects of a bucket.

import { Command } from 'commander';
import { listBuckets, listObjects } from '../aws/buckets.ts';
import { getSchedule, listBuses, listRules, listSchedules } from '../aws/events.ts';
import { listFunctions } from '../aws/functions.ts';
import { listQueueUrls, queueAttributes, queueName } from '../aws/queues.ts';
import { parseS3Url } from '../aws/s3-url.ts';
import { listSubscriptions, listTopics } from '../aws/topics.ts';
import type { Connection } from '../connection.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { bytes, localTime } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

const KINDS = ['functions', 'buckets', 'queues', 'topics', 'rules', 'schedules'] as const;
type Kind = (typeof KINDS)[number];

export function lsCommand(): Command {
  return new Command('ls')
    .description('list what there is, or the objects of a bucket')
    .argument('[what]', `${KINDS.join(', ')}, or s3://bucket/prefix (default: everything but objects)`)
    .action(async (what: string | undefined, _options: unknown, command: Command) => {
      const { terminal, connection } = openSession<object>(command);
      if (what?.startsWith('s3://') === true) return showObjects(terminal, await connection(), what);
      const kinds = what === undefined ? KINDS : KINDS.filter((kind) => kind === what);
      if (kinds.length === 0)
        throw usageFailure(`"${what}" cannot be listed.`, `There are ${KINDS.join(', ')} and s3://bucket/prefix.`);
      const target = await connection();
      const lists = await Promise.all(kinds.map(async (kind) => [kind, await LISTS[kind](target)] as const));
      if (terminal.json) return terminal.printJson(Object.fromEntries(lists.map(([kind, { items }]) => [kind, items])));
      // Whoever asked for everything came for functions and buckets first: of the others, those that there are.
      const shown = lists.filter(
        ([kind, { items }]) => kinds.length === 1 || kind === 'functions' || kind === 'buckets' || items.length > 0,
      );
      for (const [index, [, list]] of shown.entries()) {
        if (index > 0) terminal.print('');
        list.show(terminal);
      }
    });
}

interface List {
  readonly items: readonly unknown[];
  readonly show: (terminal: Terminal) => void;
}

const LISTS: { readonly [Name in Kind]: (connection: Connection) => Promise<List> } = {
  async functions(connection) {
    const items = await listFunctions(connection);
    return { items, show: (terminal) => showFunctions(terminal, items) };
  },
  async buckets(connection) {
    const items = await listBuckets(connection);
    return { items, show: (terminal) => showBuckets(terminal, items) };
  },
  async queues(connection) {
    const urls = await listQueueUrls(connection);
    const items = await Promise.all(
      urls.map(async (url) => ({ name: queueName(url), url, ...waitingOf(await queueAttributes(connection, url)) })),
    );
    return { items, show: (terminal) => showQueues(terminal, items) };
  },
  async topics(connection) {
    const arns = await listTopics(connection);
    const items = await Promise.all(
      arns.map(async (arn) => ({
        name: arn.split(':').at(-1) ?? '',
        arn,
        subscriptions: (await listSubscriptions(connection, arn))?.length ?? 0,
      })),
    );
    return { items, show: (terminal) => showTopics(terminal, items) };
  },
  async rules(connection) {
    const buses = await listBuses(connection);
    const items = (await Promise.all(buses.map((bus) => listRules(connection, bus)))).flatMap((rules) => rules ?? []);
    return { items, show: (terminal) => showRules(terminal, items) };
  },
  async schedules(connection) {
    const summaries = await listSchedules(connection);
    const items = await Promise.all(
      summaries.map(async ({ Name = '', GroupName = '', State, Target }) => {
        const found = await getSchedule(connection, Name, GroupName);
        const { ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone } = found ?? {};
        return { name: Name, group: GroupName, state: State, expression, timeZone, target: Target?.Arn };
      }),
    );
    return { items, show: (terminal) => showSchedules(terminal, items) };
  },
};

type Waiting = Readonly<Record<'visible' | 'inFlight' | 'delayed', number>>;

function waitingOf(attributes: Readonly<Record<string, string>>): Waiting {
  return {
    visible: Number(attributes['ApproximateNumberOfMessages']),
    inFlight: Number(attributes['ApproximateNumberOfMessagesNotVisible']),
    delayed: Number(attributes['ApproximateNumberOfMessagesDelayed']),
  };
}

function showQueues(terminal: Terminal, queues: readonly ({ readonly name: string } & Waiting)[]): void {
  if (queues.length === 0) return terminal.print('No queues.');
  const rows = queues.map(({ name, visible, inFlight, delayed }) => [name, String(visible), String(inFlight), String(delayed)]);
  const count = (title: string) => ({ title, align: 'right' }) as const;
  printTable(terminal, table([{ title: 'Queue' }, count('Visible'), count('In flight'), count('Delayed')], rows));
}

function showTopics(terminal: Terminal, topics: readonly { readonly name: string; readonly subscriptions: number }[]): void {
  if (topics.length === 0) return terminal.print('No topics.');
  const rows = topics.map(({ name, subscriptions }) => [name, String(subscriptions)]);
  printTable(terminal, table([{ title: 'Topic' }, { title: 'Subscriptions', align: 'right' }], rows));
}

function showRules(terminal: Terminal, rules: NonNullable<Awaited<ReturnType<typeof listRules>>>): void {
  if (rules.length === 0) return terminal.print('No rules.');
  const rows = rules.map((rule) => [
    rule.Name ?? '',
    rule.EventBusName ?? 'default',
    rule.State === 'ENABLED' ? 'on' : 'off',
    rule.ScheduleExpression ?? rule.EventPattern ?? '',
  ]);
  printTable(terminal, table([{ title: 'Rule' }, { title: 'Bus' }, { title: 'State' }, { title: 'When' }], rows));
}

interface ScheduleRow {
  readonly name: string;
  readonly state: string | undefined;
  readonly expression: string | undefined;
  readonly timeZone: string | undefined;
  readonly target: string | undefined;
}

function showSchedules(terminal: Terminal, schedules: readonly ScheduleRow[]): void {
  if (schedules.length === 0) return terminal.print('No schedules.');
  const rows = schedules.map(({ name, state, expression = '', timeZone = 'UTC', target = '' }) => [
    name,
    state === 'ENABLED' ? 'on' : 'off',
    expression,
    timeZone,
    target.split(':').at(-1) ?? '',
  ]);
  const titles = ['Schedule', 'State', 'When', 'Time zone', 'Target'].map((title) => ({ title }));
  printTable(terminal, table(titles, rows));
}

function showFunctions(terminal: Terminal, functions: Awaited<ReturnType<typeof listFunctions>>): void {
  if (functions.length === 0) terminal.print('No functions. `mayfly deploy FOLDER` makes some.');
  const rows = functions.map((one) => [
    one.FunctionName ?? '',
    one.Runtime ?? '',
    `${one.MemorySize} MiB`,
    `${one.Timeout} s`,
    bytes(one.CodeSize ?? 0),
    localTime(new Date(one.LastModified ?? 0)),
  ]);
  const columns = [
    { title: 'Function' },
    { title: 'Runtime' },
    { title: 'Memory', align: 'right' },
    { title: 'Timeout', align: 'right' },
  ] as const;
  if (rows.length > 0) printTable(terminal, table([...columns, { title: 'Code', align: 'right' }, { title: 'Changed' }], rows));
}

function showBuckets(terminal: Terminal, buckets: Awaited<ReturnType<typeof listBuckets>>): void {
  if (buckets.length === 0) return terminal.print('No buckets.');
  const rows = buckets.map((bucket) => [bucket.name, localTime(bucket.created)]);
  printTable(terminal, table([{ title: 'Bucket' }, { title: 'Created' }], rows));
}

async function showObjects(terminal: Terminal, connection: Connection, url: string): Promise<void> {
  const { bucket, key } = parseS3Url(url);
  let count = 0;
  for await (const object of listObjects(connection, bucket, key)) {
    count += 1;
    if (terminal.json) terminal.printJson(object);
    else terminal.print(`${localTime(object.modified)}  ${bytes(object.bytes).padStart(10)}  ${object.key}`);
  }
  if (count === 0) terminal.note('No objects.');
}

function printTable(terminal: Terminal, [titles, ...rows]: readonly string[]): void {
  terminal.print(terminal.paint.bold(titles ?? ''));
  for (const row of rows) terminal.print(row);
}
