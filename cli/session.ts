// What every command starts from: its options together with the global ones, the terminal, and the connection when it is needed.

import type { Command } from 'commander';
import { connect } from './connection.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { openTerminal } from './terminal/terminal.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Session<Options> {
  readonly options: Options & ConnectionOptions & { readonly json?: boolean };
  readonly terminal: Terminal;
  readonly connection: () => Promise<Connection>;
}

export function openSession<Options>(command: Command): Session<Options> {
  const options = command.optsWithGlobals<Session<Options>['options']>();
  return {
    options,
    terminal: openTerminal(process, options.json === true),
    connection: () => connect(options, process.env),
  };
}
