// What every command starts from: its options together with the global ones, the terminal, and the connection when it is needed.

import type { Command } from 'commander';
import { connect } from './connection.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { usageFailure } from './failure.ts';
import { openTerminal } from './terminal/terminal.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Session<Options> {
  readonly options: Options & ConnectionOptions & { readonly json?: boolean };
  readonly terminal: Terminal;
  readonly connection: () => Promise<Connection>;
}

export function openSession<Options>(command: Command): Session<Options> {
  refuseOthers(command);
  const options = command.optsWithGlobals<Session<Options>['options']>();
  return {
    options,
    terminal: openTerminal(process, options.json === true),
    connection: () => connect(options, process.env),
  };
}

/** `mayfly flows start NAME -n 5`: the parser takes an option of a command between wherever it stands, and nobody would heed it. */
function refuseOthers(command: Command): void {
  const between = command.parent;
  if (between === null || between.parent === null) return;
  for (const option of between.options)
    if (between.getOptionValueSource(option.attributeName()) === 'cli')
      throw usageFailure(
        `${option.long} is an option of \`${between.name()}\` alone, and not of \`${between.name()} ${command.name()}\`.`,
        '--help shows what there is.',
      );
}
