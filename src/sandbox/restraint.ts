// What holds the processes of one sandbox: control groups where they can be had, or else the list of its processes and a watchdog.

import type { SandboxUsage } from './sandbox.ts';

export interface Allowance {
  readonly memoryMiB: number;
  readonly ephemeralMiB: number;
}

export interface Restraint {
  /** Takes the first process of a sandbox in, before it has started another. */
  join(pid: number): Promise<void>;
  /** Takes in a process that serves the sandbox from outside, as its network does: metered, frozen and killed with it where that is possible. */
  accompany(pid: number): Promise<void>;
  limit(allowance: Allowance): void;
  /** While a function runs its memory is watched; `onOver` is called at most once, and kills. */
  watch(onOver: () => void): void;
  unwatch(): void;
  ranOutOfMemory(): boolean;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): SandboxUsage;
  resetPeak(): void;
  /** SIGKILL to everything; resolves when all of it is dead and nothing of the restraint is left. */
  remove(): Promise<void>;
}

export interface RestraintMaker {
  /** For `mayfly doctor`: what stands behind it and what it cannot do. */
  readonly description: string;
  make(name: string): Promise<Restraint>;
}
