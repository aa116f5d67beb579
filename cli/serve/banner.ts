// What a platform says of itself when it is ready.

import { relative } from 'node:path';
import { VERSION } from '../package-json.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Platform } from './platform.ts';

export interface BannerFacts {
  readonly platform: Platform;
  readonly dataFolder: string;
  readonly readyMs: number;
}

export function showBanner(terminal: Terminal, { platform, dataFolder, readyMs }: BannerFacts): void {
  const { endpoint, isolation, firstRunCredentials } = platform;
  if (terminal.json) return terminal.printJson({ endpoint, isolation, firstRunCredentials, dataFolder });
  const { paint } = terminal;
  const line = (name: string, text: string): void => terminal.print(`  ${name.padEnd(10)} ${text}`);
  terminal.print(`${paint.bold('mayfly')} ${VERSION}  ready in ${(readyMs / 1000).toFixed(2)} s`);
  line('Endpoint', paint.cyan(endpoint));
  line('Data', relative(process.cwd(), dataFolder) || dataFolder);
  line('Isolation', isolation.level === 'process' ? paint.yellow(isolation.promise) : isolation.promise);
  if (firstRunCredentials === undefined) return;
  line(
    'Key',
    `${firstRunCredentials.accessKeyId}  made just now and kept in ${relative(process.cwd(), dataFolder) || dataFolder}/root-key.json`,
  );
  line('Secret', `${firstRunCredentials.secretAccessKey}  shown this once`);
}
