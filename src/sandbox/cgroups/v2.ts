// Control groups, version 2: one hierarchy. The platform steps down into a leaf of its own, since a group that gives controllers to its
// children may hold no processes itself.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

import { LIMITS } from '#kernel';
import type { Clock } from '#kernel';
import { hasCode } from '../slots/link-tree.ts';
import type { Cgroup, CgroupLimits, CgroupTree } from './cgroup.ts';
import { ControlFile, removeGroup, Settings, valueOf, writeIfPresent } from './control-file.ts';
import { CoreGroup } from './core-group.ts';

export const V2_CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
const CPU_PERIOD_US = 100_000;
const CPU_WEIGHT_PER_CPU = 100;
const CPU_WEIGHT_MAX = 10_000;

export class CgroupTreeV2 implements CgroupTree {
  readonly version = 2;
  readonly #folder: string;
  readonly #clock: Clock;

  /** `folder` has the controllers of V2_CONTROLLERS enabled for its children. */
  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  get folders(): readonly string[] {
    return [this.#folder];
  }

  async create(name: string): Promise<Cgroup> {
    const folder = `${this.#folder}/${name}`;
    const core = await CoreGroup.create(folder, this.#clock);
    await writeFile(`${folder}/pids.max`, String(LIMITS.sandboxProcesses));
    writeIfPresent(`${folder}/memory.oom.group`, '1');
    writeIfPresent(`${folder}/memory.swap.max`, '0');
    return new CgroupV2(core);
  }

  async close(): Promise<void> {
    await removeGroup(this.#folder, this.#clock);
  }
}

class CgroupV2 implements Cgroup {
  readonly #core: CoreGroup;
  readonly #settings = new Settings();
  readonly #cpuStat: ControlFile;
  readonly #memoryCurrent: ControlFile;
  readonly #memoryPeak: ControlFile;
  readonly #memoryEvents: ControlFile;

  constructor(core: CoreGroup) {
    this.#core = core;
    this.#cpuStat = new ControlFile(`${core.folder}/cpu.stat`, 'r');
    this.#memoryCurrent = new ControlFile(`${core.folder}/memory.current`, 'r');
    this.#memoryPeak = openPeak(core.folder);
    this.#memoryEvents = new ControlFile(`${core.folder}/memory.events`, 'r');
  }

  join(pid: number): Promise<void> {
    return this.#core.join(pid);
  }

  limit({ memoryBytes, cpuShare, cpuMax }: CgroupLimits): void {
    const { folder } = this.#core;
    const weight = Math.min(CPU_WEIGHT_MAX, Math.max(1, Math.round(cpuShare * CPU_WEIGHT_PER_CPU)));
    this.#settings.apply([
      [`${folder}/memory.max`, String(memoryBytes)],
      [`${folder}/cpu.weight`, String(weight)],
      [`${folder}/cpu.max`, `${Math.round(cpuMax * CPU_PERIOD_US)} ${CPU_PERIOD_US}`],
    ]);
  }

  freeze(): Promise<void> {
    return this.#core.freeze();
  }

  thaw(): Promise<void> {
    return this.#core.thaw();
  }

  kill(): Promise<void> {
    return this.#core.kill();
  }

  cpuNanos(): bigint {
    return BigInt(valueOf(this.#cpuStat.read(), 'usage_usec')) * 1000n;
  }

  memoryBytes(): number {
    return Number(this.#memoryCurrent.read());
  }

  anonymousBytes(): number {
    return valueOf(readFileSync(`${this.#core.folder}/memory.stat`, 'latin1'), 'anon');
  }

  peakBytes(): number {
    return Number(this.#memoryPeak.read());
  }

  /** From Linux 6.12 on a write resets the peak as this descriptor sees it; before, the file cannot be written and the peak is that of the whole life. */
  resetPeak(): void {
    try {
      this.#memoryPeak.writeNow('reset');
    } catch (error) {
      if (!hasCode(error, 'EBADF') && !hasCode(error, 'EINVAL')) throw error;
    }
  }

  oomKills(): number {
    return valueOf(this.#memoryEvents.read(), 'oom_kill');
  }

  async remove(): Promise<void> {
    for (const file of [this.#cpuStat, this.#memoryCurrent, this.#memoryPeak, this.#memoryEvents]) file.close();
    await this.#core.remove();
  }
}

/** `memory.peak` came with Linux 5.19; before it the present use has to do. */
function openPeak(folder: string): ControlFile {
  for (const [name, mode] of [
    ['memory.peak', 'r+'],
    ['memory.peak', 'r'],
  ] as const) {
    try {
      return new ControlFile(`${folder}/${name}`, mode);
    } catch (error) {
      if (!hasCode(error, 'EACCES') && !hasCode(error, 'ENOENT')) throw error;
    }
  }
  return new ControlFile(`${folder}/memory.current`, 'r');
}
