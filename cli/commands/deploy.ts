// `mayfly deploy [FOLDER]`: brings a folder of functions onto the platform.

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { openSession } from '../session.ts';

interface DeployOptions {
  readonly app?: string;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
}

export function deployCommand(): Command {
  return new Command('deploy')
    .description('bring a folder of functions onto the platform')
    .argument('[folder]', 'where the functions are (default: functions, or this folder)')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--prune', 'remove functions of an earlier deployment that are no longer in the folder')
    .option('--app <name>', "what groups the folder's functions (default: the folder's name)")
    .action(async (folder: string | undefined, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<DeployOptions>(command);
      // Loaded here, since the bundler is the heaviest thing that the CLI has.
      const { deployFolder } = await import('../deploy/deploy-folder.ts');
      const { describeChange } = await import('../deploy/describe-plan.ts');
      const { plan, functions, urls, warnings } = await deployFolder({
        folder: folder ?? defaultFolder(),
        connection: await connection(),
        terminal,
        app: options.app,
        prune: options.prune === true,
        dryRun: options.dryRun === true,
        sourceMaps: false,
      });
      if (terminal.json) {
        const changes = plan.changes.flatMap(describeChange);
        terminal.printJson({
          dryRun: options.dryRun === true,
          changes,
          unchanged: plan.unchanged,
          orphans: plan.orphans,
          urls: Object.fromEntries(urls),
          warnings,
        });
        return;
      }
      for (const [name, url] of urls) terminal.print(`  ${name}  ${url}`);
      for (const warning of warnings) terminal.note(`${terminal.paint.yellow('!')} ${warning.function}: ${warning.message}`);
      if (options.dryRun === true) terminal.note('Nothing was changed (--dry-run).');
      else
        terminal.note(
          `${terminal.paint.green('✓')} ${functions.length} ${functions.length === 1 ? 'function' : 'functions'} deployed.`,
        );
    });
}

/** `functions` where there is one, as most projects have it. */
export function defaultFolder(): string {
  return existsSync('functions') ? 'functions' : '.';
}
