// Installs packages of Debian and Ubuntu, as root.

import { existsSync } from 'node:fs';
import { quietly } from './run.mjs';
import { SetupFailed } from './say.mjs';

/** Whether it may be tried: an operator who wants no package installed says so. */
export function mayInstall() {
  return process.getuid() === 0 && existsSync('/usr/bin/apt-get') && process.env.MAYFLY_NO_APT === undefined;
}

/**
 * @param {readonly string[]} packages
 * @throws {SetupFailed} with the last line of apt's complaint.
 */
export async function aptInstall(packages) {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000 };
  const install = () => quietly('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], options);
  let result = await install();
  if (result.code !== 0) {
    // A fresh container has no package lists yet.
    await quietly('apt-get', ['update'], options);
    result = await install();
  }
  if (result.code !== 0) throw new SetupFailed(result.output.trim().split('\n').at(-1));
}
