// A restraint without control groups: the processes below the first one, found through /proc. It can stop, kill and count them and ends a
// function whose memory grows too large; a process that detaches itself quickly enough may be missed, except inside a pid namespace, which dies as a whole.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

import type { Clock } from '#kernel';
import { killProcess, pause } from './cgroups/control-file.ts';
import type { MemoryWatchdog, Watched } from './memory-watchdog.ts';
import type { Allowance, Restraint, RestraintMaker } from './restraint.ts';
import type { SandboxUsage } from './sandbox.ts';
import { hasCode } from './slots/link-tree.ts';

const MiB = 1024 * 1024;
const GONE_ATTEMPTS = 2000;
/** More than a function may have processes; a tree that is larger is not read to its end. */
const PROCESSES_READ_MAX = 4096;

export class ProcessTreeRestraintMaker implements RestraintMaker {
  readonly description = 'resource limits of each process and a watchdog, no control groups';
  readonly #watchdog: MemoryWatchdog;
  readonly #clock: Clock;

  constructor({ watchdog, clock }: { readonly watchdog: MemoryWatchdog; readonly clock: Clock }) {
    this.#watchdog = watchdog;
    this.#clock = clock;
  }

  make(): Promise<Restraint> {
    return Promise.resolve(new ProcessTreeRestraint(this.#watchdog, this.#clock));
  }
}

class ProcessTreeRestraint implements Restraint {
  readonly #watchdog: MemoryWatchdog;
  readonly #clock: Clock;
  #root: number | undefined;
  #memoryBytes = Infinity;
  #watched: Watched | undefined;
  #killedForMemory = false;
  #peakBytes = 0;
  #removed = false;

  constructor(watchdog: MemoryWatchdog, clock: Clock) {
    this.#watchdog = watchdog;
    this.#clock = clock;
  }

  join(pid: number): Promise<void> {
    this.#root = pid;
    return Promise.resolve();
  }

  /** Whoever started it ends it; what it uses is not counted. */
  accompany(): Promise<void> {
    return Promise.resolve();
  }

  limit({ memoryMiB }: Allowance): void {
    this.#memoryBytes = memoryMiB * MiB;
  }

  watch(onOver: () => void): void {
    this.unwatch();
    if (!HAS_PROC) return;
    this.#watched = {
      isOver: () => this.#measure() > this.#memoryBytes,
      onOver: () => {
        this.#killedForMemory = true;
        onOver();
      },
    };
    this.#watchdog.watch(this.#watched);
  }

  unwatch(): void {
    if (this.#watched !== undefined) this.#watchdog.unwatch(this.#watched);
    this.#watched = undefined;
  }

  ranOutOfMemory(): boolean {
    return this.#killedForMemory;
  }

  freeze(): Promise<void> {
    if (!this.#removed) this.#signal('SIGSTOP');
    return Promise.resolve();
  }

  thaw(): Promise<void> {
    if (!this.#removed) this.#signal('SIGCONT');
    return Promise.resolve();
  }

  usage(): SandboxUsage {
    if (!HAS_PROC || this.#root === undefined) return { cpuNanos: undefined, peakBytes: undefined };
    if (!this.#removed) this.#measure();
    return { cpuNanos: undefined, peakBytes: Math.min(this.#peakBytes, this.#memoryBytes) };
  }

  resetPeak(): void {
    this.#peakBytes = 0;
  }

  async remove(): Promise<void> {
    this.unwatch();
    this.#removed = true;
    if (this.#root === undefined) return;
    const pids = this.#standStill(this.#root);
    // The group as well: where there is no /proc it is all that is known of the children.
    killProcessGroup(this.#root);
    for (const pid of pids) killProcess(pid);
    for (let attempt = 0; pids.some(isAlive); attempt++) {
      if (attempt === GONE_ATTEMPTS) throw new Error(`Processes of ${this.#root} survive SIGKILL; they hang in the kernel`);
      await pause(this.#clock, Math.min(attempt, 10));
    }
  }

  /** Stops the tree, again until it no longer grows, so that nothing is born between the look and the kill. */
  #standStill(root: number): readonly number[] {
    if (!HAS_PROC) return [root];
    for (let known = 0; ;) {
      const pids = processesBelow(root);
      if (pids.length === known) return pids;
      known = pids.length;
      this.#signal('SIGSTOP');
    }
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#root === undefined) return;
    const pids = HAS_PROC ? processesBelow(this.#root) : [this.#root];
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // Ended between the look and the signal.
        if (!hasCode(error, 'ESRCH')) throw error;
      }
    }
  }

  #measure(): number {
    let bytes = 0;
    if (this.#root !== undefined) for (const pid of processesBelow(this.#root)) bytes += anonymousBytesOf(pid);
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
    return bytes;
  }
}

const HAS_PROC = existsSync('/proc/self/task');

/** `root` and all its descendants, as /proc shows them now. */
export function processesBelow(root: number): readonly number[] {
  const found = [root];
  for (let index = 0; index < found.length && found.length < PROCESSES_READ_MAX; index++) {
    const pid = found[index];
    // A child belongs to the thread that started it.
    for (const thread of threadsOf(pid)) {
      for (const child of read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean)) found.push(Number(child));
    }
  }
  return found;
}

function threadsOf(pid: number | undefined): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return [];
    throw error;
  }
}

/** RssAnon: what the process does not share with the binary's file. */
function anonymousBytesOf(pid: number): number {
  const match = /^RssAnon:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`));
  return match === null ? 0 : Number(match[1]) * 1024;
}

export function isAlive(pid: number): boolean {
  if (!HAS_PROC) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return !hasCode(error, 'ESRCH');
    }
  }
  const stat = read(`/proc/${pid}/stat`);
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return stat !== '' && state !== 'Z' && state !== 'X';
}

/** Processes come and go while they are read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return '';
    throw error;
  }
}

function killProcessGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH') && !hasCode(error, 'EPERM')) throw error;
  }
}
