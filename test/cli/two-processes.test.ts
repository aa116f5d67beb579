// Under an older Node the command is two processes, parent and child: how they live and die together.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));

/** The command with a CLI of the test's own: it tells its pid and what it gets, and ends when it is told to. */
const CLI = `export async function run(args) {
  const { promise, resolve } = Promise.withResolvers();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { console.log(signal); if (args[0] === 'stays') resolve(0); });
  const alive = setInterval(() => {}, 1000);
  process.stdin.on('data', (text) => (String(text).startsWith('die') ? process.kill(process.pid, 'SIGKILL') : resolve(Number(text))));
  console.log(JSON.stringify({ pid: process.pid, node: process.versions.node, args }));
  const code = await promise;
  process.stdin.destroy();
  clearInterval(alive);
  return code;
}`;

/** Makes Node say that it is version 20; given as an option, so that the child does not inherit it. */
const OLDER = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}})';

interface Pair {
  readonly parent: ChildProcess;
  readonly child: { readonly pid: number; readonly node: string; readonly args: readonly string[] };
  readonly nextLine: () => Promise<string | undefined>;
}

async function startPair(context: TestContext, args: readonly string[]): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly two '));
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist', 'cli.mjs'), CLI);
  // Stands for the Node that npm brings: this one under another path.
  const pinned = join(folder, 'node_modules', `node24-${process.platform}-${process.arch}`);
  mkdirSync(join(pinned, 'bin'), { recursive: true });
  writeFileSync(join(pinned, 'package.json'), '{}');
  writeFileSync(join(pinned, 'bin', 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  const parent = spawn(process.execPath, ['--import', OLDER, join(folder, 'bin', 'mayfly.mjs'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  context.after(() => {
    parent.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | undefined> => {
    const { done, value } = await lines.next();
    return done === true ? undefined : value;
  };
  return { parent, child: JSON.parse((await nextLine()) ?? '{}') as Pair['child'], nextLine };
}

test('the child runs Node 24 with the same arguments, and its exit code is kept', async (context) => {
  const { parent, child } = await startPair(context, ['a b', '--flag']);
  assert.match(child.node, /^24\./);
  assert.notEqual(child.pid, parent.pid);
  assert.deepEqual(child.args, ['a b', '--flag']);
  const exit = once(parent, 'exit');
  parent.stdin?.write('3');
  assert.deepEqual(await exit, [3, null]);
});

test('signals reach the child', async (context) => {
  const { parent, nextLine } = await startPair(context, ['goes on']);
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
    parent.kill(signal);
    assert.equal(await nextLine(), signal);
  }
  const exit = once(parent, 'exit');
  parent.stdin?.write('0');
  assert.deepEqual(await exit, [0, null]);
});

test('a child that was killed is told as it was', async (context) => {
  const { parent } = await startPair(context, []);
  const exit = once(parent, 'exit');
  parent.stdin?.write('die');
  assert.deepEqual(await exit, [null, 'SIGKILL']);
});

test('a child whose parent was killed with SIGKILL is asked to stop, and leaves no process behind', async (context) => {
  const { parent, nextLine } = await startPair(context, ['stays']);
  parent.kill('SIGKILL');
  assert.equal(await nextLine(), 'SIGTERM');
  // The pipe closes when its last writer is gone: the child.
  assert.equal(await nextLine(), undefined);
});
