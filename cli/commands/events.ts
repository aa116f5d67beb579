// `mayfly events tail [BUS]`: what passes an event bus, as it comes.

import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { listRules, putRule, putTargets, removeRule } from '../aws/events.ts';
import { createQueue, deleteQueue, findQueueUrl, listQueueUrls, queueName, queueTags, takeMessages } from '../aws/queues.ts';
import { accountId } from '../aws/account.ts';
import type { Connection } from '../connection.ts';
import { Failure, usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { localTime } from '../terminal/amounts.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface TailOptions {
  readonly pattern?: string;
}

export function eventsCommand(): Command {
  return new Command('events').description('look at event buses').addCommand(tailCommand());
}

function tailCommand(): Command {
  return new Command('tail')
    .description('show the events of a bus as they come, until Ctrl-C')
    .argument('[bus]', 'the bus', 'default')
    .option('-p, --pattern <json>', "only events that match: EventBridge's event pattern (default: all)")
    .action(async (bus: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<TailOptions>(command);
      const pattern = checkedPattern(options.pattern);
      await tail(await connection(), bus, pattern, terminal);
    });
}

/** Every event says which account it is of. */
const EVERYTHING = JSON.stringify({ account: [{ exists: true }] });

function checkedPattern(text: string | undefined): string {
  if (text === undefined) return EVERYTHING;
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw usageFailure(
      `The pattern is not JSON: ${(cause as Error).message}.`,
      `Quote it for the shell: --pattern '{"source":["my.shop"]}'`,
    );
  }
}

/** A rule and a queue of its own, and both are gone at the end. */
const PREFIX = 'mayfly-tail-';
/** Under this tag the queue says since when it is watched, so that what a killed tail left behind is found by the next. */
const BEAT_TAG = 'mayfly:tail-began';
const FORGOTTEN_MS = 24 * 3_600_000;

async function tail(connection: Connection, bus: string, pattern: string, terminal: Terminal): Promise<void> {
  await sweep(connection, bus);
  const name = `${PREFIX}${randomUUID()}`;
  const queueArn = `arn:aws:sqs:${connection.region}:${await accountId(connection)}:${name}`;
  const ended = Promise.withResolvers<'ended'>();
  const end = (): void => ended.resolve('ended');
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    const url = await createQueue(
      connection,
      name,
      { MessageRetentionPeriod: '3600', Policy: policyFor(queueArn) },
      { [BEAT_TAG]: String(Date.now()) },
    );
    await putRule(connection, { Name: name, EventBusName: bus, EventPattern: pattern, Description: 'mayfly events tail' });
    await putTargets(connection, { Rule: name, EventBusName: bus, Targets: [{ Id: 'tail', Arn: queueArn }] });
    terminal.note(terminal.paint.dim(`Events of the bus ${bus}, until Ctrl-C:`));
    for (;;) {
      const events = await Promise.race([takeMessages(connection, url), ended.promise]);
      if (events === 'ended') break;
      for (const event of events) show(terminal, event);
    }
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
    await remove(connection, bus, name);
  }
  // The last long poll is still under way, and nobody waits for it any more.
  process.exit(0);
}

function policyFor(queueArn: string): string {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

async function remove(connection: Connection, bus: string, name: string): Promise<void> {
  await removeRule(connection, bus, name);
  const url = await findQueueUrl(connection, name);
  if (url !== undefined) await deleteQueue(connection, url);
}

/** What a tail left that was killed: it has been there for a day. */
async function sweep(connection: Connection, bus: string): Promise<void> {
  const rules = await listRules(connection, bus, PREFIX);
  if (rules === undefined) throw new Failure(`There is no event bus ${bus}.`, { code: 'ResourceNotFoundException' });
  for (const url of await listQueueUrls(connection, PREFIX)) {
    const began = Number((await queueTags(connection, url))[BEAT_TAG]);
    if (began > Date.now() - FORGOTTEN_MS) continue;
    await remove(connection, bus, queueName(url));
  }
  // A tail that was killed between the two leaves a rule without its queue.
  for (const { Name = '' } of rules) {
    if ((await findQueueUrl(connection, Name)) === undefined) await removeRule(connection, bus, Name);
  }
}

interface EventDocument {
  readonly time?: string;
  readonly source?: string;
  readonly 'detail-type'?: string;
  readonly detail?: unknown;
}

function show(terminal: Terminal, text: string): void {
  const event = JSON.parse(text) as EventDocument;
  if (terminal.json) return terminal.printJson(event);
  const time = terminal.paint.dim(localTime(new Date(event.time ?? 0)).slice(11));
  terminal.print(
    `${time}  ${terminal.paint.cyan(event.source ?? '')}  ${event['detail-type'] ?? ''}  ${JSON.stringify(event.detail)}`,
  );
}
