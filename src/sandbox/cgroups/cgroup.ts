// Control groups behind one door: limits, freezing, killing and metering of a sandbox, whether the host has version 1, version 2 or both.

export interface CgroupLimits {
  readonly memoryBytes: number;
  /** In CPUs. */
  readonly cpuShare: number;
  readonly cpuMax: number;
}

/** The group of one sandbox. */
export interface Cgroup {
  /** Moves a process in, with all that it will start. */
  join(pid: number): Promise<void>;
  limit(limits: CgroupLimits): void;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** SIGKILL to every process inside, frozen or not; resolves when the group is empty. */
  kill(): Promise<void>;
  cpuNanos(): bigint;
  /** What is charged now: anonymous memory, /tmp and file pages. */
  memoryBytes(): number;
  anonymousBytes(): number;
  peakBytes(): number;
  resetPeak(): void;
  /** How often the kernel killed something inside for want of memory. */
  oomKills(): number;
  /** After `kill`. */
  remove(): Promise<void>;
}

/** The subtree that belongs to one platform. */
export interface CgroupTree {
  readonly version: 1 | 2;
  /** The roots of the subtree, the one that can thaw first: for the sweep of a later platform. */
  readonly folders: readonly string[];
  create(name: string): Promise<Cgroup>;
  /** Removes the subtree; every group in it must be gone. */
  close(): Promise<void>;
}
