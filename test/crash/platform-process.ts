// A platform in a process group of its own, as an operator would start it, to be killed without warning.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../tidy/tree.ts';
import { DOOM_VARIABLE, type Doom } from './doom.ts';

export const ACCESS_KEY_ID = 'AKIACRASHTEST0000001';
export const SECRET_ACCESS_KEY = 'crash-test-secret-crash-test-secret-0001';

const DOOMED = new URL('./doomed-platform.ts', import.meta.url).href;

export interface PlatformProcess {
  readonly endpoint: string;
  readonly pid: number;
  /** Resolves when it has ended, however it did, with the last of what it printed. */
  readonly ended: Promise<string>;
  /** SIGKILL to the whole group, at once; resolves when its first process is reaped. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export class EndedEarly extends Error {
  readonly printed: string;

  constructor(printed: string) {
    super(`the platform ended before it was ready:\n${printed}`);
    this.printed = printed;
  }
}

/** Starts `mayfly up` on a folder and waits for its health check; rejects with EndedEarly when it does not come up. */
export async function startPlatform(
  t: Pick<TestContext, 'after'>,
  options: { readonly dataFolder: string; readonly port: number; readonly doom?: Doom; readonly isolation?: 'auto' | 'process' },
): Promise<PlatformProcess> {
  const preload = options.doom === undefined ? [] : ['--import', DOOMED];
  const child = spawn(process.execPath, [...preload, join(ROOT, 'bin/mayfly.mjs'), 'up', ...wordsOf(options)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MAYFLY_ROOT_ACCESS_KEY_ID: ACCESS_KEY_ID,
      MAYFLY_ROOT_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
      ...(options.doom === undefined ? {} : { [DOOM_VARIABLE]: JSON.stringify(options.doom) }),
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4000)));
  const exited = once(child, 'exit');
  const pid = child.pid ?? 0;
  t.after(() => {
    // A test that failed in the middle leaves nobody behind.
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
  });
  const endpoint = `http://127.0.0.1:${options.port}`;
  const state = { over: false };
  void exited.then(() => (state.over = true));

  while (!(await healthy(endpoint))) {
    if (state.over) throw new EndedEarly(printed);
    await delay(25);
  }
  return {
    endpoint,
    pid,
    ended: exited.then(() => printed),
    async kill() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        // It has killed itself, and nobody of its group is left.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await exited;
    },
    async stop() {
      process.kill(pid, 'SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

function wordsOf({ port, dataFolder, isolation = 'auto' }: Parameters<typeof startPlatform>[1]): readonly string[] {
  return ['--port', String(port), '--data', dataFolder, '--isolation', isolation];
}

async function healthy(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_mayfly/health`)).ok;
  } catch {
    return false; // Nobody listens yet.
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
