// Looks for the system's Python: the named version where it is installed, or else whatever `python3` is, if it is 3.11 or later.
// Only the system's folders are looked at, since they are what a sandbox sees.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

export interface SystemPython {
  readonly path: string;
  /** `3.11` */
  readonly version: string;
}

const LEAST = [3, 11] as const;
const TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/** Every Python of this system that is late enough, the default one first. */
export async function findPythons(names: readonly string[]): Promise<readonly SystemPython[]> {
  const found: SystemPython[] = [];
  for (const path of ['/usr/bin/python3', ...names.map((name) => `/usr/bin/${name}`)]) {
    const version = existsSync(path) ? await versionOf(path) : undefined;
    if (version !== undefined && isLateEnough(version)) found.push({ path, version });
  }
  return found;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const program = 'import sys; print("%d.%d" % sys.version_info[:2])';
    const { stdout } = await run(path, ['-I', '-S', '-c', program], { cwd: '/', env: {}, timeout: TIMEOUT_MS });
    return /^\d+\.\d+$/.exec(stdout.trim())?.[0];
  } catch {
    // A Python that cannot print its version is no runtime; the status of the runtime says that none was found.
    return undefined;
  }
}

function isLateEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === LEAST[0] && minor >= LEAST[1];
}
