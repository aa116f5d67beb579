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
  const { endpoint, isolation, rights, firstRunCredentials } = platform;
  if (terminal.json) return terminal.printJson({ endpoint, isolation, rights, firstRunCredentials, dataFolder });
  const { paint } = terminal;
  const line = (name: string, text: string): void => terminal.print(`  ${name.padEnd(10)} ${text}`);
  terminal.print(`${paint.bold('mayfly')} ${VERSION}  ready in ${(readyMs / 1000).toFixed(2)} s`);
  line('Endpoint', paint.cyan(endpoint));
  line('Data', relative(process.cwd(), dataFolder) || dataFolder);
  const paragraph = (name: string, text: string, isWarning: boolean): void => {
    const [first = '', ...more] = wrap(text, Math.min(terminal.columns, 110) - 13);
    const shade = isWarning ? paint.yellow : (plain: string) => plain;
    line(name, shade(first));
    for (const rest of more) line('', shade(rest));
  };
  paragraph('Isolation', isolation.promise, isolation.level === 'process');
  paragraph('Rights', rights.promise, rights.areRoots);
  if (firstRunCredentials === undefined) return;
  line(
    'Key',
    `${firstRunCredentials.accessKeyId}  made just now and kept in ${relative(process.cwd(), dataFolder) || dataFolder}/root-key.json`,
  );
  line('Secret', `${firstRunCredentials.secretAccessKey}  shown this once`);
}

/** Breaks text between words into lines of at most `width` characters, where words allow. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
