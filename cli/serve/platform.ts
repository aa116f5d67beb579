// Starts the platform in this process for `up`, `dev` and `npm start`, and stops it when it is told to.

import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RUNNING_FILE } from '../connection.ts';
import { Failure, usageFailure } from '../failure.ts';

type StartPlatform = (typeof import('../../src/main.ts'))['startPlatform'];
export type PlatformOptions = Parameters<StartPlatform>[0];
export type Platform = Awaited<ReturnType<StartPlatform>>;

export const ISOLATIONS = ['auto', 'bwrap', 'oci', 'process'] as const;
export type Isolation = (typeof ISOLATIONS)[number];
export const NETWORKS = ['platform', 'internet', 'none'] as const;
export type Network = (typeof NETWORKS)[number];
export const HTTP_TARGETS = ['public', 'any'] as const;
export type HttpTargets = (typeof HTTP_TARGETS)[number];

/** The one place where a guest opens the house: everything else in cli/ speaks HTTP. */
export async function servePlatform(options: PlatformOptions): Promise<Platform> {
  const { startPlatform } = await import('../../src/main.ts');
  try {
    const platform = await startPlatform(options);
    void platform.lost.then((why) => {
      losses.set(platform, why);
      process.kill(process.pid, 'SIGTERM');
    });
    await noteRunning(options.dataFolder, platform.endpoint);
    return platform;
  } catch (cause) {
    throw startFailure(cause, options);
  }
}

/** What ended a platform, where nobody asked it to end. */
const losses = new WeakMap<Platform, string>();

export async function stopPlatform(platform: Platform, dataFolder: string): Promise<void> {
  await rm(join(resolve(dataFolder), RUNNING_FILE), { force: true });
  await platform.close();
  const lost = losses.get(platform);
  if (lost !== undefined) throw new Failure(lost, { code: 'PlatformLost' });
}

/** Under a name of its own first, so that nobody reads half of it. */
async function noteRunning(dataFolder: string, endpoint: string): Promise<void> {
  const path = join(resolve(dataFolder), RUNNING_FILE);
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify({ endpoint, pid: process.pid })}\n`);
  await rename(aside, path);
}

function startFailure(cause: unknown, { host, port }: PlatformOptions): unknown {
  if (!(cause instanceof Error) || cause instanceof Failure) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    const mend = 'Something serves there already. Choose another port with --port, or look who it is: ss -ltnp';
    return new Failure(`Port ${port} on ${host} is taken.`, { code, mend, cause });
  }
  if (code === 'EADDRNOTAVAIL')
    return new Failure(`${host} is no address of this machine.`, { code, mend: 'Choose another with --host.', cause });
  if (code === 'EACCES')
    return new Failure(`This user may not listen on port ${port}.`, { code, mend: 'Choose a port above 1023 with --port.', cause });
  // What the platform says by itself is written for people: a locked data folder, one from a newer version, no sandbox.
  return new Failure(cause.message, { code: code ?? 'StartFailed', cause });
}

/**
 * Resolves when the process is asked to stop. Ctrl-C reaches this process and its parent, which passes it on: signals within a
 * second are one. A later one means that stopping takes too long for somebody, and ends the process.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  const { promise, resolve: stopped } = Promise.withResolvers<NodeJS.Signals>();
  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (askedAt !== undefined && now - askedAt > SAME_REQUEST_MS) process.exit(1);
    askedAt ??= now;
    stopped(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, onSignal);
  return promise;
}

const SAME_REQUEST_MS = 1000;

export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usageFailure(`"${text}" is no port.`, 'A number from 0 to 65535; 0 takes any free one.');
}
