// Sets a checkout up and runs one task in it: `node scripts/setup.mjs start|test|test:long|check|bench|example|models`. Plain JavaScript
// for Node 20 and later, since it runs before Node 24 and the dependencies are there.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode, nodeMissing } from '../bin/find-node.mjs';
import { installBubblewrap } from './setup/bubblewrap.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { quietly } from './setup/run.mjs';
import { installTestPrograms } from './setup/test-programs.mjs';
import { say, SetupFailed } from './setup/say.mjs';
import { taskNamed } from './setup/tasks.mjs';

async function main([name, ...args]) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const task = taskNamed(name);
  await installDependencies(root);
  const node = await workingNode();
  if (task.sandbox) await installBubblewrap();
  if (task.tests) await installTestPrograms();
  return task.run({ root, node, args });
}

/** Installed does not mean that it runs: npm chooses by processor and system, not by C library. */
async function workingNode() {
  const node = findNode();
  if (node === undefined) throw new SetupFailed(nodeMissing());
  const { code, output } = await quietly(node, ['--version']);
  if (code !== 0) throw new SetupFailed(`Node 24 at ${node} does not run on this machine: ${output.trim()}\n${nodeMissing()}`);
  return node;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupFailed)) throw error;
  say(error.message);
  process.exitCode = error.message.startsWith('usage') ? 2 : 1;
}
