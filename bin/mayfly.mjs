#!/usr/bin/env node
// The command `mayfly`: finds Node 24 and runs the CLI in it, from the sources in a checkout and from dist/ in the published package.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findNode, nodeMissing } from './find-node.mjs';
import { NODE_FLAGS } from './node-flags.mjs';
import { endWithNpm, endWithParent } from './parents.mjs';

const node = findNode();
if (node === undefined) {
  console.error(nodeMissing());
  process.exitCode = 1;
} else if (node === process.execPath) {
  await runHere();
} else {
  runIn(node);
}

async function runHere() {
  // The sources first: in a checkout, dist/ is what `npm pack` left there some day.
  const source = new URL('../cli/main.ts', import.meta.url);
  const { run } = await import(existsSync(source) ? source.href : new URL('../dist/cli.mjs', import.meta.url).href);
  endWithParent();
  endWithNpm(() => process.kill(process.pid, 'SIGTERM'));
  process.exitCode = await run(process.argv.slice(2));
}

/**
 * This process stays as a thin parent, so that whoever started it can wait for it and signal it. The channel between the two
 * closes when either dies, however it dies: that is how the child notices a parent that was killed with SIGKILL.
 */
function runIn(path) {
  const child = spawn(path, [...NODE_FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  endWithNpm(() => child.kill('SIGTERM'));
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Cannot start Node 24 at ${path}: ${error.message}\n${nodeMissing()}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    for (const name of forwarded) process.removeAllListeners(name);
    // Die of what the child died of, so that a shell reports the same; 128 + n where the signal does not end this process.
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  });
}
