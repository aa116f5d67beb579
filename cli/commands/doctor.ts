// `mayfly doctor`: what this machine can do for functions, and how the platform on it is.

import { Command } from 'commander';
import { getDoctor } from '../aws/account.ts';
import { findEndpoint } from '../connection.ts';
import {
  checkBubblewrap,
  checkCgroups,
  checkClock,
  checkDisk,
  checkNode,
  checkPort,
  checkUserNamespaces,
} from '../doctor/local-checks.ts';
import type { Check } from '../doctor/local-checks.ts';
import { isolationHolds, showReport } from '../doctor/platform-report.ts';
import type { PlatformReport } from '../doctor/platform-report.ts';
import { EXIT, Failure } from '../failure.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check this machine and the platform that runs on it')
    .action(async (_options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<object>(command);
      const endpoint = await findEndpoint(options, process.env);
      const date = await healthDate(endpoint);
      const local = [
        checkNode(),
        checkBubblewrap(),
        checkUserNamespaces(),
        checkCgroups(),
        checkDisk(options.data),
        checkClock(date),
      ];
      const here = endpoint.hostname === '127.0.0.1' || endpoint.hostname === 'localhost';
      const checks =
        date === undefined && here ? [...local, await checkPort(endpoint.hostname, Number(endpoint.port || 80))] : local;
      const platform = date === undefined ? undefined : await askPlatform(async () => getDoctor(await connection()));
      if (terminal.json) terminal.printJson({ checks, endpoint: endpoint.origin, platform });
      else show(terminal, checks, endpoint, platform);
      const holds = platform === undefined || isolationHolds(platform);
      if (!holds || checks.some((check) => check.state === 'failed')) process.exitCode = EXIT.failed;
    });
}

/** The Date of a platform's health answer; undefined where none answers. */
async function healthDate(endpoint: URL): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/_mayfly/health', endpoint), { signal: AbortSignal.timeout(3000) });
    await response.arrayBuffer();
    return response.ok ? (response.headers.get('date') ?? undefined) : undefined;
  } catch {
    // Nobody there, or somebody else: for the doctor that is a finding, not a failure.
    return undefined;
  }
}

async function askPlatform(ask: () => Promise<PlatformReport>): Promise<PlatformReport> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { problem: error.message, mend: error.mend };
  }
}

function show(terminal: Terminal, checks: readonly Check[], endpoint: URL, platform: PlatformReport | undefined): void {
  const { paint } = terminal;
  const marks = { ok: paint.green('✓'), warning: paint.yellow('!'), failed: paint.red('✗') } as const;
  terminal.print(paint.bold('This machine'));
  for (const { name, state, detail, mend } of checks) {
    terminal.print(`${marks[state]} ${name.padEnd(16)} ${detail}`);
    if (mend !== undefined) terminal.print(`  ${' '.repeat(16)} ${paint.dim(mend)}`);
  }
  terminal.print('');
  if (platform === undefined) return terminal.print(`No platform answers at ${endpoint.origin}. \`mayfly up\` starts one.`);
  terminal.print(paint.bold(`The platform at ${endpoint.origin}`));
  showReport(terminal, platform);
}
