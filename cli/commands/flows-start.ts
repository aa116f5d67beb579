// `mayfly flows start MACHINE`: starts an execution, and waits for its end where it is asked to.

import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { Command } from 'commander';
import { startExecution, startSyncExecution, waitForEnd } from '../aws/states.ts';
import type { ExecutionDetails, Start } from '../aws/states.ts';
import { EXIT, usageFailure } from '../failure.ts';
import { shortName, theMachine } from '../flows/find.ts';
import { wordOf } from '../flows/status-words.ts';
import { troubleText } from '../flows/wording.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface StartOptions {
  readonly input: string;
  readonly name?: string;
  readonly wait?: boolean;
}

export function startCommand(): Command {
  return new Command('start')
    .description('start an execution of a state machine')
    .argument('<machine>', 'its name or ARN, also that of a version or an alias')
    .option('-i, --input <json>', 'JSON, @file, or - for standard input', '{}')
    .option('--name <name>', 'name of the execution (default: one is made up)')
    .option('-w, --wait', 'wait for its end and print its output')
    .action(async (machine: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<StartOptions>(command);
      const input = await readInput(options.input);
      const target = await connection();
      const { stateMachineArn: found, type } = await theMachine(target, machine);
      // A version and an alias are started as such.
      const start: Start = { stateMachineArn: machine.startsWith('arn:') ? machine : found, name: options.name, input };
      if (options.wait === true && type === 'EXPRESS') return showEnd(terminal, await startSyncExecution(target, start));
      const executionArn = await startExecution(target, start);
      if (options.wait === true) return showEnd(terminal, await waitForEnd(target, executionArn));
      if (terminal.json) terminal.printJson({ executionArn });
      else terminal.print(type === 'EXPRESS' ? executionArn : shortName({ executionArn }));
    });
}

async function readInput(given: string): Promise<string> {
  const text = await inputOf(given);
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw usageFailure(
      `The input is not JSON: ${(cause as Error).message}.`,
      `Quote it for the shell: mayfly flows start NAME --input '{"order":7}'`,
    );
  }
}

async function inputOf(given: string): Promise<string> {
  if (given === '-') return textOf(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (cause) {
    throw usageFailure(`Cannot read the input from ${given.slice(1)} (${(cause as NodeJS.ErrnoException).code}).`);
  }
}

function showEnd(terminal: Terminal, execution: ExecutionDetails): void {
  const { executionArn, status, output, error, cause } = execution;
  const isWell = status === 'SUCCEEDED';
  if (!isWell) process.exitCode = EXIT.functionError;
  if (terminal.json) {
    const parsed: unknown = output === undefined ? undefined : JSON.parse(output);
    terminal.printJson({ executionArn, status, output: parsed, error, cause });
  } else if (isWell) terminal.print(output ?? '');
  else {
    const why = troubleText(error, cause);
    terminal.note(terminal.paint.red(`The execution ${wordOf(status)}${why === '' ? '' : `: ${why}`}`));
    // Of an express execution nothing is kept that could be shown.
    if (!executionArn.includes(':express:'))
      terminal.note(`\`mayfly flows show ${shortName(execution)}\` shows where, and how to go on.`);
  }
}
