// Reading and writing the small files of the cgroup filesystem. Readings go through descriptors that are kept open and read in place:
// measured 2.5 µs for two of them, against 30 µs for opening each time.

import { closeSync, openSync, readSync, write, writeFileSync, writeSync } from 'node:fs';
import { readFile, rmdir } from 'node:fs/promises';

import type { Clock } from '#kernel';
import { hasCode } from '../slots/link-tree.ts';

const buffer = Buffer.alloc(4096);

/** One file, open for as long as its group lives. */
export class ControlFile {
  readonly #fd: number;

  constructor(path: string, mode: 'r' | 'r+') {
    this.#fd = openSync(path, mode);
  }

  /** At most 4 KiB, which is more than any file that is read this way. */
  read(): string {
    return buffer.toString('latin1', 0, readSync(this.#fd, buffer, 0, buffer.byteLength, 0));
  }

  /** Off the event loop: a write that moves or freezes processes may wait for a lock that another group's change holds. */
  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      write(this.#fd, text, 0, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Only for files whose write takes no lock. */
  writeNow(text: string): void {
    writeSync(this.#fd, text, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The number behind `name` in a file of `name value` lines; 0 where there is none. */
export function valueOf(text: string, name: string): number {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
  return match === null ? 0 : Number(match[1]);
}

export async function processesIn(folder: string): Promise<readonly number[]> {
  try {
    return (await readFile(`${folder}/cgroup.procs`, 'latin1')).split('\n').filter(Boolean).map(Number);
  } catch (error) {
    // ENODEV: the group was removed while it was read.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENODEV')) return [];
    throw error;
  }
}

/** Some kernels and mounts lack a file; what depends on it is then not limited there, and detection has said so. */
export function writeIfPresent(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

type Setting = readonly [path: string, value: string, whenMissing?: 'where present'];

/** The settings of one group, written only where they change: a waiting sandbox has those of the smallest function already. */
export class Settings {
  readonly #written = new Map<string, string>();

  /**
   * In their order, at once: this is on a cold start's way. None of them waits: a limit is only ever raised while processes are inside, and
   * weights and quotas take no lock that moving or freezing holds (measured: 0.01 ms each, and 0.4 ms for three through Node's threads).
   */
  apply(settings: readonly Setting[]): void {
    for (const [path, value, whenMissing] of settings) {
      if (this.#written.get(path) === value) continue;
      if (whenMissing === undefined) writeFileSync(path, value);
      else writeIfPresent(path, value);
      this.#written.set(path, value);
    }
  }
}

const REMOVAL_ATTEMPTS = 200;

/** A group stays busy for some moments after its last process was reaped. */
export async function removeGroup(folder: string, clock: Clock): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rmdir(folder);
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      if (!hasCode(error, 'EBUSY') || attempt === REMOVAL_ATTEMPTS) throw error;
      await shortPause(clock, attempt);
    }
  }
}

const TURNS = 25;

/** What the kernel is about to do is done within a turn or two of the event loop (freezing: 0.1 ms); after that, milliseconds. */
export function shortPause(clock: Clock, attempt: number): Promise<void> {
  return attempt < TURNS ? new Promise((resolve) => setImmediate(resolve)) : pause(clock, Math.min(attempt - TURNS, 10));
}

export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}

/** SIGKILL; a process that is gone already is what was wanted. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
