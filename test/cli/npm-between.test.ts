// npm stands between a user and the command, with a shell: whichever of them ends, nothing is left behind.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const PARENTS = new URL('../../bin/parents.mjs', import.meta.url).href;

/** Says that it lives, and that it was told to end. */
const COMMAND = `import { endWithNpm } from '${PARENTS}';
const alive = setInterval(() => {}, 1000);
endWithNpm(() => { console.log('orphaned'); clearInterval(alive); });
console.log(process.pid, process.ppid);`;

/** Stands for npm: starts the command through a shell, as npm does. */
const NPM = `const { spawn } = require('node:child_process');
spawn('sh', ['-c', '"$0" "$1"; exit', process.execPath, process.argv[2]], { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'npx' } });`;

for (const victim of ['npm', 'the shell'] as const) {
  test(`the command ends when ${victim} is killed`, { skip: process.platform !== 'linux' && victim === 'npm' }, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'mayfly npm '));
    context.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'command.mjs'), COMMAND);
    writeFileSync(join(folder, 'npm.cjs'), NPM);
    const npm = spawn(process.execPath, [join(folder, 'npm.cjs'), join(folder, 'command.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(npm.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    assert.ok(first.done !== true);
    const [, shell = ''] = first.value.split(' ');
    const ended = once(npm, 'exit');
    process.kill(victim === 'npm' ? (npm.pid ?? 0) : Number(shell), 'SIGKILL');
    assert.deepEqual(await lines.next(), { done: false, value: 'orphaned' });
    assert.deepEqual(await lines.next(), { done: true, value: undefined });
    await ended;
  });
}
