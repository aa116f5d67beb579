// The core files of a version 2 group (freeze, kill, events). Hosts with version 1 controllers usually have a bare version 2 hierarchy beside
// them: frozen version 1 groups ignore SIGKILL until they are thawed, these do not, and they freeze in a tenth of the time.

import { constants, mkdir, writeFile } from 'node:fs/promises';

import type { Clock } from '#kernel';
import { ControlFile, killProcess, processesIn, removeGroup, shortPause } from './control-file.ts';

const ATTEMPTS_MAX = 2000;

export class CoreGroup {
  readonly folder: string;
  readonly #clock: Clock;
  readonly #freeze: ControlFile;
  readonly #events: ControlFile;

  private constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
    this.#freeze = new ControlFile(`${folder}/cgroup.freeze`, 'r+');
    this.#events = new ControlFile(`${folder}/cgroup.events`, 'r');
  }

  static async create(folder: string, clock: Clock): Promise<CoreGroup> {
    await mkdir(folder, { recursive: true });
    return new CoreGroup(folder, clock);
  }

  async join(pid: number): Promise<void> {
    await writeFile(`${this.folder}/cgroup.procs`, String(pid));
  }

  /** Resolves when every process inside stands still. */
  async freeze(): Promise<void> {
    await this.#freeze.write('1');
    for (let attempt = 0; !/^frozen 1$/m.test(this.#events.read()); attempt++) {
      if (attempt === ATTEMPTS_MAX) throw new Error(`Processes in ${this.folder} cannot be frozen; they hang in the kernel`);
      await shortPause(this.#clock, attempt);
    }
  }

  thaw(): Promise<void> {
    return this.#freeze.write('0');
  }

  async kill(): Promise<void> {
    await killGroup(this.folder);
    for (let attempt = 0; !/^populated 0$/m.test(this.#events.read()); attempt++) {
      if (attempt === ATTEMPTS_MAX) throw new Error(`Processes in ${this.folder} survive SIGKILL; they hang in the kernel`);
      await shortPause(this.#clock, attempt);
    }
  }

  async remove(): Promise<void> {
    this.#freeze.close();
    this.#events.close();
    await removeGroup(this.folder, this.#clock);
  }
}

/** `cgroup.kill` is there from Linux 5.14 on; before, each process is killed by its number, which a fork can outrun, so again until none is left. */
async function killGroup(folder: string): Promise<number> {
  const pids = await processesIn(folder);
  try {
    await writeFile(`${folder}/cgroup.kill`, '1', { flag: constants.O_WRONLY });
  } catch {
    // ENOENT on older kernels: the slow way below is complete by itself.
    for (let left = pids; left.length > 0; left = await processesIn(folder)) for (const pid of left) killProcess(pid);
  }
  return pids.length;
}
