// `mayfly queue peek NAME`: what a queue holds, without receiving it.

import { Command } from 'commander';
import { peekMessages, queueAttributes, queueUrl } from '../aws/queues.ts';
import type { PeekedMessage } from '../aws/queues.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { localTime } from '../terminal/amounts.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface PeekOptions {
  readonly count: string;
}

export function queueCommand(): Command {
  return new Command('queue').description('look at a queue').addCommand(peekCommand());
}

/**
 * Asks the platform's own page, not ReceiveMessage: a receive with a visibility timeout of 0 counts, and the last one that a redrive
 * policy allows moves the message to the dead-letter queue.
 */
function peekCommand(): Command {
  return new Command('peek')
    .description('show the messages that come next; nothing is received, hidden or counted')
    .argument('<queue>', 'its name, URL or ARN')
    .option('-n, --count <number>', 'how many, 1 to 100', '10')
    .action(async (queue: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<PeekOptions>(command);
      const count = Number(options.count);
      if (!Number.isInteger(count) || count < 1 || count > 100)
        throw usageFailure(`"${options.count}" is no number from 1 to 100.`);
      const target = await connection();
      const url = await queueUrl(target, queue);
      const messages = await peekMessages(target, url, count);
      for (const message of messages) show(terminal, message);
      if (!terminal.json) terminal.note(terminal.paint.dim(countsOf(await queueAttributes(target, url))));
    });
}

function show(terminal: Terminal, message: PeekedMessage): void {
  if (terminal.json)
    return terminal.printJson({ ...message, sentAt: new Date(message.sentAtMs).toISOString(), sentAtMs: undefined });
  const { paint } = terminal;
  const facts = [
    paint.dim(localTime(new Date(message.sentAtMs))),
    message.id,
    ...(message.groupId === undefined ? [] : [`group ${message.groupId}`]),
    ...(message.receives === 0 ? [] : [paint.yellow(`received ${message.receives}×`)]),
    ...(message.deadLetterSource === undefined ? [] : [paint.red(`from ${message.deadLetterSource.split(':').at(-1)}`)]),
    ...Object.entries(message.attributes).map(([name, { type, value }]) =>
      paint.cyan(`${name}=${type.startsWith('Binary') ? `(${type})` : value}`),
    ),
  ];
  terminal.print(facts.join('  '));
  terminal.print(message.body);
}

function countsOf(attributes: Readonly<Record<string, string>>): string {
  const count = (name: string): string => attributes[name] ?? '0';
  return `${count('ApproximateNumberOfMessages')} visible, ${count('ApproximateNumberOfMessagesNotVisible')} in flight, ${count('ApproximateNumberOfMessagesDelayed')} delayed`;
}
