// `mayfly dev [FOLDER]`: a platform for one developer, whose functions follow the files as they are saved.

import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { LogReader } from '../aws/log-reader.ts';
import type { Connection } from '../connection.ts';
import type { DeployOptions } from '../deploy/deploy-folder.ts';
import { Failure } from '../failure.ts';
import { showBanner } from '../serve/banner.ts';
import { parsePort, servePlatform, stopPlatform, untilStopped } from '../serve/platform.ts';
import { watchFolder } from '../serve/watch-folder.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defaultFolder } from './deploy.ts';
import { formatEvent } from './logs.ts';
import { serveOptions } from './up.ts';
import type { ServeOptions } from './up.ts';

export function devCommand(): Command {
  const command = new Command('dev').description(
    'run a platform to develop on: every key is taken, functions follow the files, live log',
  );
  return serveOptions(command)
    .argument('[folder]', 'where the functions are (default: functions, or this folder)')
    .action(async (given: string | undefined, _options: unknown, self: Command) => {
      const { options, terminal } = openSession<ServeOptions>(self);
      const folder = given ?? defaultFolder();
      const dataFolder = resolve(options.data);
      const started = performance.now();
      const stop = untilStopped();
      const platform = await servePlatform({
        port: parsePort(options.port),
        host: options.host,
        dataFolder,
        isolation: options.isolation,
        baseDomain: options.domain,
        network: options.network,
        httpTargets: options.httpTargets,
        smtp: options.smtp,
        user: options.user,
        reads: [resolve(folder)],
        dev: true,
        environment: process.env,
      });
      showBanner(terminal, { platform, dataFolder, readyMs: performance.now() - started });
      const connection = devConnection(platform.endpoint);
      const from = Date.now();
      const redeploy = redeployer({ folder, connection, terminal, app: undefined, prune: true, dryRun: false, sourceMaps: true });
      await redeploy();
      const watcher = watchFolder(folder, [dataFolder], () => void redeploy());
      const ending = new AbortController();
      const log = showLogs(connection, terminal, from, ending.signal);
      terminal.note(terminal.paint.dim(`Watching ${folder} and the log of every function. Ctrl-C stops.`));
      await stop;
      ending.abort();
      watcher.close();
      await log;
      await stopPlatform(platform, dataFolder);
    });
}

/** In development any key will do; this one says what it is. */
function devConnection(endpoint: string): Connection {
  const credentials = { accessKeyId: 'mayfly', secretAccessKey: 'mayfly-local-only' };
  return {
    endpoint: new URL(endpoint),
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    credentials,
    credentialsFrom: 'mayfly dev',
  };
}

/** One deployment at a time; whatever is saved meanwhile makes one more. Mistakes in the files are shown, and the next save is another try. */
function redeployer(options: DeployOptions): () => Promise<void> {
  const { terminal } = options;
  let running: Promise<void> | undefined;
  let again = false;
  const once = async (): Promise<void> => {
    const started = performance.now();
    const { deployFolder } = await import('../deploy/deploy-folder.ts');
    try {
      const { plan, urls, warnings } = await deployFolder(options);
      if (plan.changes.length > 0) terminal.note(terminal.paint.dim(`↻ ${Math.round(performance.now() - started)} ms`));
      for (const { function: name, message } of warnings) terminal.note(`${terminal.paint.yellow('!')} ${name}: ${message}`);
      for (const [name, url] of urls) terminal.note(`  ${name}  ${url}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      terminal.fail(error);
    }
  };
  return async () => {
    if (running !== undefined) {
      again = true;
      return running;
    }
    running = once();
    try {
      await running;
      while (again) {
        again = false;
        await once();
      }
    } finally {
      running = undefined;
    }
  };
}

const LOOK_MS = 300;

async function showLogs(connection: Connection, terminal: Terminal, from: number, ended: AbortSignal): Promise<void> {
  const reader = new LogReader(connection, { name: undefined, from });
  while (!ended.aborted) {
    try {
      for (const event of await reader.next()) terminal.print(formatEvent(event, terminal, true));
    } catch (error) {
      // A function removed between two looks has no log any more; the next look knows.
      if (!(error instanceof Failure)) throw error;
      if (!ended.aborted && error.code !== 'ResourceNotFoundException') terminal.fail(error);
    }
    await delay(LOOK_MS, undefined, { signal: ended }).catch((error: unknown) => {
      if (!ended.aborted) throw error;
    });
  }
}
