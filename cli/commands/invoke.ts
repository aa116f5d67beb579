// `mayfly invoke NAME`: calls a function and prints what it returns.

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { invoke } from '../aws/functions.ts';
import { EXIT, usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';

interface InvokeOptions {
  readonly data: string;
  readonly payload?: string;
  readonly async?: boolean;
  readonly tail?: boolean;
  readonly qualifier?: string;
}

export function invokeCommand(): Command {
  return new Command('invoke')
    .description('call a function and print its answer')
    .argument('<name>', 'the function')
    .option('-d, --payload <json>', 'the event: JSON, @file, or - for standard input (default: {})')
    .option('--async', 'leave the event with the platform and do not wait')
    .option('--tail', 'show the last of what the function logged')
    .option('--qualifier <version>', 'a version or an alias')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<InvokeOptions>(command);
      const payload = await readPayload(options.payload ?? '{}');
      const answer = await invoke(await connection(), {
        name,
        payload,
        type: options.async === true ? 'Event' : 'RequestResponse',
        qualifier: options.qualifier,
        logTail: options.tail === true,
      });
      const text = answer.payload.toString('utf8');
      const failed = answer.functionError !== undefined;
      if (terminal.json) {
        const { requestId, functionError, executedVersion, durableExecutionArn, logTail } = answer;
        terminal.printJson({ requestId, executedVersion, durableExecutionArn, functionError, payload: parseOrText(text), logTail });
      } else {
        if (answer.logTail !== undefined) terminal.note(terminal.paint.dim(answer.logTail.trimEnd()));
        if (options.async === true) terminal.note(`Accepted as ${answer.requestId}. \`mayfly logs ${name}\` shows how it went.`);
        else terminal.print(text);
        if (answer.durableExecutionArn !== undefined)
          terminal.note(`\`mayfly flows show ${answer.durableExecutionArn}\` shows its steps.`);
        if (failed)
          terminal.note(terminal.paint.red(`The function failed (${answer.functionError}, request ${answer.requestId}).`));
      }
      if (failed) process.exitCode = EXIT.functionError;
    });
}

async function readPayload(given: string): Promise<Uint8Array> {
  const bytes = await bytesOf(given);
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw usageFailure(
      `The payload is not JSON: ${(cause as Error).message}.`,
      `Quote it for the shell: mayfly invoke NAME -d '{"name":"you"}'`,
    );
  }
  return bytes;
}

async function bytesOf(given: string): Promise<Buffer> {
  if (given === '-') return buffer(process.stdin);
  if (!given.startsWith('@')) return Buffer.from(given);
  try {
    return await readFile(given.slice(1));
  } catch (cause) {
    throw usageFailure(`Cannot read the payload from ${given.slice(1)} (${(cause as NodeJS.ErrnoException).code}).`);
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A custom runtime may answer with anything.
    return text;
  }
}
