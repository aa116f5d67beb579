// `mayfly up`: the server.

import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { showBanner } from '../serve/banner.ts';
import { HTTP_TARGETS, ISOLATIONS, NETWORKS, parsePort, servePlatform, stopPlatform, untilStopped } from '../serve/platform.ts';
import type { HttpTargets, Isolation, Network } from '../serve/platform.ts';
import { openSession } from '../session.ts';

export interface ServeOptions {
  readonly port: string;
  readonly host: string;
  readonly isolation: Isolation;
  readonly domain?: string;
  readonly network?: Network;
  readonly httpTargets?: HttpTargets;
  readonly smtp?: string;
  readonly user: string;
}

export function serveOptions(command: Command): Command {
  return command
    .option('--port <number>', 'where to listen; 0 takes any free port', '4566')
    .option('--host <address>', 'where to listen; 127.0.0.1 is this machine only', '127.0.0.1')
    .addOption(new Option('--isolation <level>', 'how functions are kept apart').choices([...ISOLATIONS]).default('auto'))
    .addOption(
      new Option(
        '--network <mode>',
        'what functions may reach that do not say it themselves (default: MAYFLY_NETWORK, or platform)',
      ).choices([...NETWORKS]),
    )
    .addOption(
      new Option(
        '--http-targets <which>',
        'where webhooks and API destinations may lead (default: MAYFLY_HTTP_TARGETS, or public: no address of this network)',
      ).choices([...HTTP_TARGETS]),
    )
    .option(
      '--smtp <address>',
      'the server that mails go through, smtp://user:password@host:port; MAYFLY_SMTP_URL keeps it out of lists of processes',
    )
    .option(
      '--user <number>',
      'whose rights a platform has that root starts: auto, root, or the number of a user (MAYFLY_USER)',
      'auto',
    )
    .option('--domain <name>', 'serve host names below this domain as well');
}

export function upCommand(): Command {
  return serveOptions(new Command('up').description('run the platform')).action(async (_options: unknown, command: Command) => {
    const { options, terminal } = openSession<ServeOptions>(command);
    const started = performance.now();
    const stop = untilStopped();
    const dataFolder = resolve(options.data);
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
      dev: false,
      environment: process.env,
    });
    showBanner(terminal, { platform, dataFolder, readyMs: performance.now() - started });
    terminal.note('  Try        eval "$(npx mayfly env)" in another terminal, then any AWS tool. Ctrl-C stops.');
    await stop;
    terminal.note('Stopping …');
    await stopPlatform(platform, dataFolder);
  });
}
