// A restraint by control groups: the kernel limits and counts; the watchdog keeps anonymous memory at the function's size.

import type { MemoryWatchdog, Watched } from '../memory-watchdog.ts';
import type { Allowance, Restraint, RestraintMaker } from '../restraint.ts';
import type { SandboxUsage } from '../sandbox.ts';
import type { Cgroup, CgroupTree } from './cgroup.ts';

const MiB = 1024 * 1024;
/** Lambda: a function of 1,769 MB has one CPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MIB_PER_CPU = 1769;
/** What a sandbox may have before it is a function, which is what most functions then have; a waiting runtime needs 15. */
const GENERIC_ALLOWANCE: Allowance = { memoryMiB: 128, ephemeralMiB: 512 };

export class CgroupRestraintMaker implements RestraintMaker {
  readonly description: string;
  readonly #tree: CgroupTree;
  readonly #watchdog: MemoryWatchdog;
  readonly #joins = new Turns();

  constructor({ tree, watchdog }: { readonly tree: CgroupTree; readonly watchdog: MemoryWatchdog }) {
    this.description = `control groups, version ${tree.version}`;
    this.#tree = tree;
    this.#watchdog = watchdog;
  }

  async make(name: string): Promise<Restraint> {
    const restraint = new CgroupRestraint(await this.#tree.create(name), this.#watchdog, this.#joins);
    restraint.limit(GENERIC_ALLOWANCE);
    return restraint;
  }
}

/**
 * One join at a time: the kernel makes the first wait for a grace period and lets those through that follow at once, and many waiting at the same
 * time would hold all four threads that Node has for files.
 */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {
      // Whoever took the turn hears of it.
    });
    return turn;
  }
}

class CgroupRestraint implements Restraint {
  readonly #cgroup: Cgroup;
  readonly #watchdog: MemoryWatchdog;
  readonly #joins: Turns;
  #memoryBytes = Infinity;
  #watched: Watched | undefined;
  #killedForMemory = false;
  #oomKills = 0;
  /** After `remove` the files are closed; what they said last stays. */
  #last: { readonly usage: SandboxUsage; readonly ranOutOfMemory: boolean } | undefined;

  constructor(cgroup: Cgroup, watchdog: MemoryWatchdog, joins: Turns) {
    this.#cgroup = cgroup;
    this.#watchdog = watchdog;
    this.#joins = joins;
  }

  join(pid: number): Promise<void> {
    return this.#joins.take(() => this.#cgroup.join(pid));
  }

  accompany(pid: number): Promise<void> {
    return this.join(pid);
  }

  limit({ memoryMiB, ephemeralMiB }: Allowance): void {
    this.#memoryBytes = memoryMiB * MiB;
    this.#cgroup.limit({
      memoryBytes: (memoryMiB + ephemeralMiB) * MiB,
      // A weight, so that a machine with time to spare gives all of it, and a bound, so that threads do not take more than their part.
      cpuShare: memoryMiB / MIB_PER_CPU,
      cpuMax: Math.max(1, memoryMiB / MIB_PER_CPU),
    });
  }

  watch(onOver: () => void): void {
    this.unwatch();
    this.#watched = {
      // The cheap reading first: it counts /tmp and file pages too, so only when it is high the dear one decides.
      isOver: () => this.#cgroup.memoryBytes() > this.#memoryBytes && this.#cgroup.anonymousBytes() > this.#memoryBytes,
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
    return this.#last?.ranOutOfMemory ?? (this.#killedForMemory || this.#cgroup.oomKills() > this.#oomKills);
  }

  freeze(): Promise<void> {
    return this.#cgroup.freeze();
  }

  thaw(): Promise<void> {
    return this.#cgroup.thaw();
  }

  usage(): SandboxUsage {
    if (this.#last !== undefined) return this.#last.usage;
    // File pages and /tmp are in the kernel's peak; a function is not told that it used more than it has.
    return { cpuNanos: this.#cgroup.cpuNanos(), peakBytes: Math.min(this.#cgroup.peakBytes(), this.#memoryBytes) };
  }

  resetPeak(): void {
    if (this.#last === undefined) this.#cgroup.resetPeak();
  }

  async remove(): Promise<void> {
    this.unwatch();
    await this.#cgroup.kill();
    this.#last = { usage: this.usage(), ranOutOfMemory: this.ranOutOfMemory() };
    await this.#cgroup.remove();
  }
}
