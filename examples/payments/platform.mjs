// A platform of the example's own, on a folder that outlives it: it can be killed and started again.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAYFLY = fileURLToPath(new URL('../../bin/mayfly.mjs', import.meta.url));
const keys = {
  MAYFLY_ROOT_ACCESS_KEY_ID: 'AKIAEXAMPLEPAYMENTS1',
  MAYFLY_ROOT_SECRET_ACCESS_KEY: 'a-key-for-one-run-of-the-example-alone',
};
const env = { ...process.env, ...keys };

export const credentials = {
  accessKeyId: keys.MAYFLY_ROOT_ACCESS_KEY_ID,
  secretAccessKey: keys.MAYFLY_ROOT_SECRET_ACCESS_KEY,
};

export function platformFor({ smtp }) {
  const data = mkdtempSync(join(tmpdir(), 'mayfly-payments-'));
  let running;
  let endpoint;

  async function stop(signal) {
    if (running === undefined) return;
    const child = running;
    running = undefined;
    const exited = once(child, 'exit');
    // The group: whatever the command has started for itself dies in the same moment.
    process.kill(-child.pid, signal);
    await exited;
  }

  return {
    endpoint: () => endpoint,
    async start() {
      // The card service is on this machine, where nothing may be sent to without being asked for.
      const args = ['up', '--port', '0', '--data', data, '--json', '--smtp', smtp, '--http-targets', 'any'];
      running = spawn(process.execPath, [MAYFLY, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
      const child = running;
      const ended = once(child, 'exit').then(([code]) => {
        if (running === child) running = undefined;
        throw new Error(`The platform ended with exit code ${code} before it was there.`);
      });
      const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
      ({ endpoint } = JSON.parse(line));
    },
    kill: () => stop('SIGKILL'),
    stop: () => stop('SIGTERM'),
    remove: () => rmSync(data, { recursive: true, force: true }),
    async mayfly(...args) {
      const { stdout } = await promisify(execFile)(process.execPath, [MAYFLY, ...args, '--data', data], {
        env,
        maxBuffer: 16 << 20,
      });
      return stdout;
    },
  };
}
