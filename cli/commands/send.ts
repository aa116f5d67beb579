// `mayfly send QUEUE BODY`: puts a message into a queue.

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { queueUrl, sendMessage } from '../aws/queues.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { durationMs } from '../terminal/amounts.ts';

interface SendOptions {
  readonly group?: string;
  readonly deduplication?: string;
  readonly attribute: readonly string[];
  readonly delay?: string;
}

export function sendCommand(): Command {
  return new Command('send')
    .description('put a message into a queue')
    .argument('<queue>', 'its name, URL or ARN')
    .argument('<body>', 'the text, @file, or - for standard input')
    .option('-g, --group <id>', 'message group, for a FIFO queue')
    .option('--deduplication <id>', 'deduplication id, for a FIFO queue that does not make it of the content')
    .option('-a, --attribute <name=value>', 'a message attribute (text); may be given again', collect, [])
    .option('--delay <time>', 'how long it is hidden at first: 90s, 10m (at most 15m)')
    .action(async (queue: string, body: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<SendOptions>(command);
      const attributes = Object.fromEntries(options.attribute.map(parseAttribute));
      const delaySeconds = options.delay === undefined ? undefined : secondsOf(options.delay);
      const messageBody = await readBody(body);
      const target = await connection();
      const answer = await sendMessage(target, {
        QueueUrl: await queueUrl(target, queue),
        MessageBody: messageBody,
        MessageGroupId: options.group,
        MessageDeduplicationId: options.deduplication,
        MessageAttributes: attributes,
        DelaySeconds: delaySeconds,
      });
      const { MessageId: messageId, SequenceNumber: sequenceNumber } = answer;
      if (terminal.json) terminal.printJson({ messageId, sequenceNumber });
      else terminal.print(`Sent as ${messageId}.`);
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parseAttribute(text: string): readonly [string, { readonly DataType: 'String'; readonly StringValue: string }] {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageFailure(`"${text}" is no attribute.`, 'Write its name and its value: --attribute colour=blue');
  return [text.slice(0, equals), { DataType: 'String', StringValue: text.slice(equals + 1) }];
}

function secondsOf(time: string): number {
  const ms = durationMs(time);
  if (ms === undefined || ms % 1000 !== 0) throw usageFailure(`"${time}" is no delay.`, 'Use whole seconds or minutes: 90s, 10m.');
  return ms / 1000;
}

async function readBody(given: string): Promise<string> {
  if (given === '-') return text(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (cause) {
    throw usageFailure(`Cannot read the body from ${given.slice(1)} (${(cause as NodeJS.ErrnoException).code}).`);
  }
}
