// Tells when something below a folder was saved: once for a burst of events, since editors write a file in several steps.

import { watch } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Failure } from '../failure.ts';

const QUIET_MS = 40;
const IGNORED = /(?:^|[/\\])(?:node_modules|\.git|\.mayfly)(?:[/\\]|$)|~$|\.sw[a-z]$|(?:^|[/\\])\.#/;

export interface Watcher {
  close(): void;
}

/** @param except Folders whose changes are none, such as the platform's own data. */
export function watchFolder(folder: string, except: readonly string[], onChange: () => void): Watcher {
  const root = resolve(folder);
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(root, { recursive: true }, (_event, file) => {
    if (file !== null && (IGNORED.test(file) || except.some((other) => resolve(root, file).startsWith(other + sep)))) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  });
  watcher.on('error', (cause) => {
    throw new Failure(`Cannot watch ${folder} any longer: ${cause.message}.`, {
      mend: 'If the kernel is out of watches, raise fs.inotify.max_user_watches, or name a smaller folder.',
      cause,
    });
  });
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
