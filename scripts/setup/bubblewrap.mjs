// Sees to it that bubblewrap, the sandbox, is there: installs it as root on Debian, says what to type everywhere else.

import { existsSync } from 'node:fs';
import { aptInstall, mayInstall } from './apt.mjs';
import { quietly } from './run.mjs';
import { during, say, SetupFailed } from './say.mjs';

/** @returns {Promise<void>} Never fails: without bubblewrap Mayfly still runs, and says at which level. */
export async function installBubblewrap() {
  if (process.platform !== 'linux') {
    say(`bubblewrap, the sandbox, exists on Linux only.\n${withoutSandbox()}`);
    return;
  }
  if ((await quietly('bwrap', ['--version'])).code === 0) return;
  if (mayInstall()) {
    try {
      await during('installing bubblewrap, the sandbox, with apt-get', install);
      return;
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error;
      say(`apt-get could not install it: ${error.message}`);
    }
  }
  say(`bubblewrap, the sandbox, is not installed. To install it:\n\n    ${installCommand()}\n\n${withoutSandbox()}`);
}

async function install() {
  await aptInstall(['bubblewrap']);
  if ((await quietly('bwrap', ['--version'])).code !== 0) throw new SetupFailed('bwrap still does not start.');
}

function installCommand() {
  const managers = [
    ['apt-get', 'apt-get install bubblewrap'],
    ['dnf', 'dnf install bubblewrap'],
    ['zypper', 'zypper install bubblewrap'],
    ['pacman', 'pacman -S bubblewrap'],
    ['apk', 'apk add bubblewrap'],
  ];
  const [, command] =
    managers.find(([name]) => ['/usr/bin', '/sbin'].some((folder) => existsSync(`${folder}/${name}`))) ?? managers[0];
  return process.getuid() === 0 ? command : `sudo ${command}`;
}

function withoutSandbox() {
  return [
    'mayfly: Until then the isolation level is "process": a function runs as a plain process of your user and can see what you can see.',
    'mayfly: npm start runs its own example that way; mayfly up asks you to name that level: --isolation process.',
  ].join('\n');
}
