// The command line: which commands there are, and how each ends. Speaks HTTP to a platform; only `up` and `dev` start one.

import { Command, CommanderError, Option } from 'commander';
import { billCommand } from './commands/bill.ts';
import { deployCommand } from './commands/deploy.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { envCommand } from './commands/env.ts';
import { eventsCommand } from './commands/events.ts';
import { flowsCommand } from './commands/flows.ts';
import { invokeCommand } from './commands/invoke.ts';
import { logsCommand } from './commands/logs.ts';
import { lsCommand } from './commands/ls.ts';
import { queueCommand } from './commands/queue.ts';
import { rmCommand } from './commands/rm.ts';
import { sendCommand } from './commands/send.ts';
import { upCommand } from './commands/up.ts';
import { DEFAULT_DATA_FOLDER } from './connection.ts';
import { EXIT, Failure } from './failure.ts';
import { VERSION } from './package-json.ts';
import { openTerminal } from './terminal/terminal.ts';

/** @returns The exit code: 0 done, 1 failed, 2 wrong usage, 3 the function returned an error. */
export async function run(args: readonly string[]): Promise<number> {
  stopWhenNobodyReads();
  try {
    await program().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    if (!(error instanceof Failure)) throw error;
    openTerminal(process, args.includes('--json')).fail(error);
    return error.exitCode;
  }
}

function program(): Command {
  const mayfly = new Command('mayfly')
    .description(
      "A serverless platform that you own: functions, buckets, queues, events, logs and a bill, on AWS's wire protocols.",
    )
    .version(VERSION)
    .addOption(new Option('--endpoint <url>', 'the platform (default: AWS_ENDPOINT_URL, or the one that runs on the data folder)'))
    .addOption(new Option('--data <folder>', 'data folder of the platform').default(DEFAULT_DATA_FOLDER))
    .addOption(new Option('--access-key <id>', 'access key id (default: MAYFLY_ROOT_* or AWS_* variables, or the data folder)'))
    .addOption(new Option('--secret-key <secret>', 'secret access key'))
    .addOption(new Option('--region <name>', 'region (default: AWS_REGION, or us-east-1)'))
    .addOption(new Option('--json', 'print JSON'))
    // Those of every command: what a command between has is no option of the ones below it.
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command.parent === null ? [] : [...topOf(command).options]),
    })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  for (const make of COMMANDS) mayfly.addCommand(make());
  return passOn(mayfly);
}

function topOf(command: Command): Command {
  return command.parent === null ? command : topOf(command.parent);
}

/** How mistakes are told and counted, to every command below. */
function passOn(parent: Command): Command {
  for (const command of parent.commands) passOn(command.copyInheritedSettings(parent));
  return parent;
}

/** In the order in which somebody meets them. */
const COMMANDS = [
  upCommand,
  devCommand,
  deployCommand,
  invokeCommand,
  sendCommand,
  queueCommand,
  eventsCommand,
  flowsCommand,
  logsCommand,
  billCommand,
  lsCommand,
  rmCommand,
  doctorCommand,
  envCommand,
];

/** `mayfly logs -f | head` ends when head has enough. */
function stopWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
