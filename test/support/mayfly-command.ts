// The command `mayfly` as its users have it: a process, with what it prints and how it ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDataFolder } from '../../src/main/data-folder.ts';

const COMMAND = fileURLToPath(new URL('../../bin/mayfly.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** How to start it; this Node and the checkout's command if left out. */
  readonly command?: readonly [program: string, ...args: string[]];
}

/** Only what the command needs: no keys and endpoints of whoever runs the tests. */
const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:AWS_|MAYFLY_|NO_COLOR|FORCE_COLOR|npm_)/.test(name)),
);

export function startMayfly(
  args: readonly string[],
  { cwd, environment = {}, command = [process.execPath, COMMAND] }: CommandOptions = {},
): ChildProcess {
  const [program, ...first] = command;
  return spawn(program, [...first, ...args], { cwd, env: { ...CLEAN, ...environment }, stdio: 'pipe' });
}

export async function mayfly(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const child = startMayfly(args, options);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin?.end(options.input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}

export interface RunningPlatform {
  readonly child: ChildProcess;
  readonly endpoint: string;
  readonly dataFolder: string;
  /** A command against this platform, with the key of its data folder. */
  readonly run: (args: readonly string[], options?: CommandOptions) => Promise<Ended>;
}

/** `mayfly up` on a free port and a data folder of its own; both are gone after the test. */
export async function runningPlatform(
  context: TestContext,
  options: CommandOptions & { readonly up?: readonly string[] } = {},
): Promise<RunningPlatform> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'mayfly data '));
  const child = startMayfly([...(options.up ?? ['up']), '--port', '0', '--data', dataFolder, '--json'], options);
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  context.after(async () => {
    await stopped(child);
    removeDataFolder(dataFolder);
  });
  assert.ok(child.stdout);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  assert.equal(first.done, false, `the platform did not start: ${errors.join('')}`);
  const { endpoint } = JSON.parse(first.value) as { readonly endpoint: string };
  return {
    child,
    endpoint,
    dataFolder,
    run: (args, more) => mayfly([...(args.includes('--data') ? [] : ['--data', dataFolder]), ...args], { ...options, ...more }),
  };
}

/** With what the platform keeps outside of it, where sandboxes see it. */
export function removeDataFolder(path: string): void {
  rmSync(openDataFolder(path).work, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
}

/** Resolves when the process is gone and everything that it started: its output ends with the last of them that holds it open. */
export async function stopped(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.stdout?.closed === true) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
