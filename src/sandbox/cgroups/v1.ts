// Control groups, version 1: one hierarchy per controller, and the bare version 2 hierarchy of hybrid hosts for freezing and killing.
//
// Never: leaves the limits that the platform itself is under; the subtree hangs below the platform's own groups.

import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';

import { LIMITS } from '#kernel';
import type { Clock } from '#kernel';
import type { Cgroup, CgroupLimits, CgroupTree } from './cgroup.ts';
import { ControlFile, pause, removeGroup, Settings, valueOf } from './control-file.ts';
import { CoreGroup } from './core-group.ts';
import { emptyGroup } from './sweep.ts';

export const V1_CONTROLLERS = ['memory', 'pids', 'cpu', 'cpuacct'] as const;
/** The kernel's default. */
const CPU_PERIOD_US = 100_000;
/** The default weight, which one whole CPU's worth of memory shall have. */
const CPU_SHARES_PER_CPU = 1024;

export interface V1Folders {
  readonly memory: string;
  readonly pids: string;
  readonly cpu: string;
  readonly cpuacct: string;
  /** The bare version 2 hierarchy; or else version 1's freezer. */
  readonly unified: string | undefined;
  readonly freezer: string | undefined;
}

export class CgroupTreeV1 implements CgroupTree {
  readonly version = 1;
  readonly #folders: V1Folders;
  readonly #clock: Clock;

  constructor(folders: V1Folders, clock: Clock) {
    this.#folders = folders;
    this.#clock = clock;
  }

  get folders(): readonly string[] {
    return distinctFolders(this.#folders);
  }

  async create(name: string): Promise<Cgroup> {
    const folders = mapFolders(this.#folders, (folder) => `${folder}/${name}`);
    await Promise.all(distinctFolders(folders).map((folder) => mkdir(folder, { recursive: true })));
    const core = folders.unified === undefined ? undefined : await CoreGroup.create(folders.unified, this.#clock);
    await writeFile(`${folders.pids}/pids.max`, String(LIMITS.sandboxProcesses));
    return new CgroupV1(folders, core, this.#clock);
  }

  async close(): Promise<void> {
    for (const tree of distinctFolders(this.#folders)) await removeGroup(tree, this.#clock);
  }
}

class CgroupV1 implements Cgroup {
  readonly #folders: V1Folders;
  readonly #core: CoreGroup | undefined;
  readonly #clock: Clock;
  readonly #settings = new Settings();
  #limitBytes: number | undefined;
  readonly #cpuUsage: ControlFile;
  readonly #memoryUsage: ControlFile;
  readonly #memoryPeak: ControlFile;
  readonly #oomControl: ControlFile;

  constructor(folders: V1Folders, core: CoreGroup | undefined, clock: Clock) {
    this.#folders = folders;
    this.#core = core;
    this.#clock = clock;
    this.#cpuUsage = new ControlFile(`${folders.cpuacct}/cpuacct.usage`, 'r');
    this.#memoryUsage = new ControlFile(`${folders.memory}/memory.usage_in_bytes`, 'r');
    this.#memoryPeak = new ControlFile(`${folders.memory}/memory.max_usage_in_bytes`, 'r+');
    this.#oomControl = new ControlFile(`${folders.memory}/memory.oom_control`, 'r');
  }

  async join(pid: number): Promise<void> {
    // One after another: the first pays for a grace period of the kernel (5 to 30 ms), the others then cost 0.02 ms each.
    for (const folder of distinctFolders(this.#folders)) await writeFile(`${folder}/cgroup.procs`, String(pid));
  }

  limit({ memoryBytes, cpuShare, cpuMax }: CgroupLimits): void {
    const { memory, cpu } = this.#folders;
    // Memory and swap together may never be below memory alone; the second file is there where the kernel accounts for swap.
    const both = [
      [`${memory}/memory.limit_in_bytes`, String(memoryBytes)],
      [`${memory}/memory.memsw.limit_in_bytes`, String(memoryBytes), 'where present'],
    ] as const;
    const grows = this.#limitBytes !== undefined && memoryBytes > this.#limitBytes;
    this.#limitBytes = memoryBytes;
    this.#settings.apply([
      ...(grows ? both.toReversed() : both),
      [`${cpu}/cpu.shares`, String(Math.max(2, Math.round(cpuShare * CPU_SHARES_PER_CPU)))],
      [`${cpu}/cpu.cfs_quota_us`, String(Math.round(cpuMax * CPU_PERIOD_US)), 'where present'],
    ]);
  }

  async freeze(): Promise<void> {
    if (this.#core !== undefined) return this.#core.freeze();
    const state = `${this.#folders.freezer}/freezer.state`;
    for (let attempt = 0; readFileSync(state, 'latin1').trim() !== 'FROZEN'; attempt++) {
      await writeFile(state, 'FROZEN');
      await pause(this.#clock, Math.min(attempt, 10));
    }
    return undefined;
  }

  thaw(): Promise<void> {
    return this.#core === undefined ? writeFile(`${this.#folders.freezer}/freezer.state`, 'THAWED') : this.#core.thaw();
  }

  async kill(): Promise<void> {
    if (this.#core === undefined) await emptyGroup(this.#folders.freezer ?? this.#folders.memory, this.#clock);
    else await this.#core.kill();
  }

  cpuNanos(): bigint {
    return BigInt(this.#cpuUsage.read().trim());
  }

  memoryBytes(): number {
    return Number(this.#memoryUsage.read());
  }

  anonymousBytes(): number {
    return valueOf(readFileSync(`${this.#folders.memory}/memory.stat`, 'latin1'), 'total_rss');
  }

  peakBytes(): number {
    return Number(this.#memoryPeak.read());
  }

  resetPeak(): void {
    this.#memoryPeak.writeNow('0');
  }

  oomKills(): number {
    return valueOf(this.#oomControl.read(), 'oom_kill');
  }

  async remove(): Promise<void> {
    for (const file of [this.#cpuUsage, this.#memoryUsage, this.#memoryPeak, this.#oomControl]) file.close();
    await this.#core?.remove();
    for (const folder of distinctFolders(this.#folders)) if (folder !== this.#core?.folder) await removeGroup(folder, this.#clock);
  }
}

/** Controllers may be mounted together (`cpu,cpuacct`); each folder counts once. What can thaw comes first: a sweep must not wait for the frozen. */
export function distinctFolders(folders: V1Folders): readonly string[] {
  const { memory, pids, cpu, cpuacct, unified, freezer } = folders;
  return [...new Set([freezer, unified, memory, pids, cpu, cpuacct].filter((folder) => folder !== undefined))];
}

function mapFolders(folders: V1Folders, map: (folder: string) => string): V1Folders {
  const { memory, pids, cpu, cpuacct, unified, freezer } = folders;
  return {
    memory: map(memory),
    pids: map(pids),
    cpu: map(cpu),
    cpuacct: map(cpuacct),
    unified: unified === undefined ? undefined : map(unified),
    freezer: freezer === undefined ? undefined : map(freezer),
  };
}
