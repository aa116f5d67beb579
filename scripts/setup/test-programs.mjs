// Programs of the system that only some tests need: functions with the internet, and the isolation level oci.

import { existsSync } from 'node:fs';
import { aptInstall, mayInstall } from './apt.mjs';
import { during, say, SetupFailed } from './say.mjs';

/** By the package of Debian that has it. */
const PROGRAMS = { nftables: 'nft', slirp4netns: 'slirp4netns', iproute2: 'ip', crun: 'crun' };
const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** @returns {Promise<void>} Never fails: tests say what they miss, and are skipped. */
export async function installTestPrograms() {
  if (process.platform !== 'linux') return;
  const missing = Object.keys(PROGRAMS).filter((name) => !FOLDERS.some((folder) => existsSync(`${folder}/${PROGRAMS[name]}`)));
  if (missing.length === 0) return;
  if (mayInstall()) {
    try {
      await during(`installing ${missing.join(', ')} for the tests, with apt-get`, () => aptInstall(missing));
      return;
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error;
      say(`apt-get could not install ${missing.join(', ')}: ${error.message}`);
    }
  }
  say(`Tests that need ${missing.join(', ')} will be skipped.`);
}
