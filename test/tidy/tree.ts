// The project's own files, as the tidy tests see them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** From the top of the house to its foundation: a room imports only rooms on lines below its own. */
export const FLOORS: readonly (readonly string[])[] = [
  ['main'],
  ['gateway'],
  ['stacks'],
  ['sources'],
  ['executions', 'durable'],
  ['workflows'],
  ['invocation'],
  ['pool'],
  ['sandbox'],
  ['buckets', 'queues', 'topics', 'buses', 'schedules', 'tables', 'logs'],
  ['registry'],
  ['identity'],
  ['ledger'],
  ['wire', 'outbox', 'lanes', 'patterns', 'calendar'],
  ['store'],
  ['kernel'],
];

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/** Files that git tracks or would track, that exist, under any of the folders. */
export function files(folders: readonly string[], ending: RegExp): readonly SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...folders], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\0'))].filter((path) => ending.test(path)).flatMap((path) => read(path));
}

function read(path: string): readonly SourceFile[] {
  try {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [{ path, text, lines: text.split('\n') }];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // Deleted in the work tree, still in the index.
    throw error;
  }
}

/** `src/pool/scale.ts` → `pool`; `src/main.ts` → `main`. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/.]+)/.exec(path)?.[1];
}

export function importsOf(file: SourceFile): readonly string[] {
  return [
    ...file.text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
