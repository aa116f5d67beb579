// `mayfly flows stop EXECUTION` and `mayfly flows redrive EXECUTION`: ends one, and lets one go on where it failed.

import { Command } from 'commander';
import { stopDurableExecution } from '../aws/durable-executions.ts';
import { redriveExecution, stopExecution } from '../aws/states.ts';
import { Failure } from '../failure.ts';
import { shortName, theExecution } from '../flows/find.ts';
import { wordOf } from '../flows/status-words.ts';
import { openSession } from '../session.ts';

interface StopOptions {
  readonly error?: string;
  readonly cause?: string;
}

export function stopCommand(): Command {
  return new Command('stop')
    .description('end an execution')
    .argument('<execution>', 'its ARN, its name, or machine/name')
    .option('--error <name>', 'what it failed of')
    .option('--cause <text>', 'and why')
    .action(async (text: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<StopOptions>(command);
      const target = await connection();
      const found = await theExecution(target, text);
      const { error, cause } = options;
      if (found.kind === 'durable') {
        const arn = found.execution.DurableExecutionArn;
        await stopDurableExecution(target, arn, { ErrorType: error, ErrorMessage: cause });
        return terminal.json ? terminal.printJson({ arn }) : terminal.print(`${found.execution.DurableExecutionName} is stopped.`);
      }
      const { executionArn, status } = found.execution;
      // The API answers well either way; somebody who stops what is over means something else.
      if (status !== 'RUNNING' && status !== 'PENDING_REDRIVE')
        throw new Failure(`${shortName(found.execution)} is over: ${wordOf(status)}.`, { code: 'ExecutionIsOver' });
      await stopExecution(target, { executionArn, error, cause });
      return terminal.json
        ? terminal.printJson({ arn: executionArn })
        : terminal.print(`${shortName(found.execution)} is stopped.`);
    });
}

export function redriveCommand(): Command {
  return new Command('redrive')
    .description('let an execution that did not succeed go on with the states that did not')
    .argument('<execution>', 'its ARN, its name, or machine/name')
    .action(async (text: string, _options: unknown, command: Command) => {
      const { terminal, connection } = openSession<object>(command);
      const target = await connection();
      const found = await theExecution(target, text);
      if (found.kind === 'durable')
        throw new Failure('Durable executions cannot be redriven.', {
          code: 'NotRedrivable',
          mend: 'Call the function again: under the name of an execution that has ended it answers with its end, under another name it begins anew.',
        });
      const { executionArn } = found.execution;
      await redriveExecution(target, executionArn);
      if (terminal.json) terminal.printJson({ arn: executionArn });
      else
        terminal.print(
          `${shortName(found.execution)} goes on. \`mayfly flows show ${shortName(found.execution)}\` shows how far it is.`,
        );
    });
}
