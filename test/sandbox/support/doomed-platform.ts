// A platform that is about to be killed: it opens a house in the work folder of its argument, runs three functions, freezes one, and says so.

import { GENERIC, invocation, openHouse } from './real-house.ts';
import { startFunction } from './running.ts';
import type { IsolationLevel } from '#sandbox';

const [level, workDir] = process.argv.slice(2);

function isLevel(value: string | undefined): value is IsolationLevel {
  return value === 'bwrap' || value === 'oci' || value === 'process';
}

if (!isLevel(level)) throw new Error('usage: doomed-platform.ts LEVEL WORKDIR');
const house = await openHouse(level, { workDir });
// With the internet where it can be had: its processes have to go as well.
const request = house.launcher.networks.includes('internet') ? ({ ...GENERIC, network: 'internet' } as const) : GENERIC;
const source = `const { spawn } = require('child_process'); exports.handler = async ({ loop }) => { const c = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' }); if (loop) for (;;); return c.pid }`;
const [frozen, busy, idle] = await Promise.all([1, 2, 3].map(() => startFunction(house, { 'index.js': source }, {}, request)));
for (const one of [frozen, idle]) await one?.sandbox.invoke(invocation({}));
await frozen?.sandbox.freeze();
void busy?.sandbox.invoke(invocation({ loop: true }, { timeoutMs: 600_000 }));
process.stdout.write(`${JSON.stringify(house.uidRange)}\n`);
