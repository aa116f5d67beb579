// A sandbox by bubblewrap: namespaces, seccomp, read-only everything, a uid of its own, and a restraint around it all.
//
// Owns: one slot, one host uid, one restraint, and one bwrap with the network that it is in.
// Invariants:
//   I1 After `remove` none of what is owned is left, and only then is the uid given back.

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import type { EndpointDoor, Enclosure, Place, ProcessExit } from '../enclosure.ts';
import { baseEnvironment, SANDBOX_PATHS } from '../function-environment.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { Restraint } from '../restraint.ts';
import type { FunctionConnection, RuntimeName, SandboxUsage, Specialisation } from '../sandbox.ts';
import { Slot } from '../slots/slot.ts';
import type { SandboxPlan } from './sandbox-plan.ts';
import type { BwrapStarter, WaitingBwrap } from './starter.ts';

export interface BwrapEnclosureOptions {
  readonly plan: SandboxPlan;
  readonly starter: BwrapStarter;
  /** Called once; runs while bwrap starts and joins its groups. */
  readonly openSlot: () => Promise<Slot>;
  readonly restraint: Restraint;
  readonly endpointPort: number;
  readonly onRemoved: () => void;
}

export class BwrapEnclosure implements Enclosure {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly channel: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly endpoint: EndpointDoor | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly #options: BwrapEnclosureOptions;
  readonly #bwrap: WaitingBwrap;
  readonly #slot: Slot;

  private constructor(options: BwrapEnclosureOptions, bwrap: WaitingBwrap, slot: Slot) {
    this.id = options.plan.id;
    this.runtime = options.plan.runtime;
    this.channel = bwrap.channel;
    this.stdout = bwrap.stdout;
    this.stderr = bwrap.stderr;
    this.exited = bwrap.exited;
    this.endpoint =
      options.plan.network === 'none' ? undefined : { port: options.endpointPort, socketPath: `/var/${Slot.endpointSocket}` };
    this.#options = options;
    this.#bwrap = bwrap;
    this.#slot = slot;
  }

  static async start(options: BwrapEnclosureOptions): Promise<BwrapEnclosure> {
    const { plan, starter, restraint } = options;
    const [started, opened] = await Promise.allSettled([starter.start(plan, restraint), options.openSlot()]);
    if (started.status === 'fulfilled' && opened.status === 'fulfilled') {
      started.value.begin();
      return new BwrapEnclosure(options, started.value, opened.value);
    }
    if (started.status === 'fulfilled') {
      started.value.kill();
      await started.value.exited;
    }
    if (opened.status === 'fulfilled') await opened.value.remove();
    throw started.status === 'rejected' ? started.reason : new LaunchFailed('The slot could not be opened', { cause: opened });
  }

  async runtimeStarted(): Promise<void> {
    this.#slot.runtimeStarted();
  }

  placeOf(specialisation: Specialisation): Place {
    const environment = { ...baseEnvironment(this.runtime, SANDBOX_PATHS), ...specialisation.environment };
    const cache = this.#slot.codeCacheFor(specialisation);
    const codeCachePath = cache === undefined ? undefined : `/var/${cache}`;
    return { taskRoot: SANDBOX_PATHS.task, layerRoot: SANDBOX_PATHS.opt, codeCachePath, environment };
  }

  furnish(specialisation: Specialisation): void | Promise<void> {
    return this.#slot.furnish(specialisation);
  }

  limit({ memoryMiB }: Specialisation): void {
    const { restraint, plan } = this.#options;
    restraint.limit({ memoryMiB, ephemeralMiB: plan.ephemeralMiB });
  }

  setRunning(running: boolean): void {
    if (running) this.#options.restraint.watch(() => this.#kill());
    else this.#options.restraint.unwatch();
  }

  ranOutOfMemory(): boolean {
    return this.#options.restraint.ranOutOfMemory();
  }

  onConnection(listener: (connection: FunctionConnection) => void): void {
    this.#slot.onConnection(listener);
  }

  freeze(): Promise<void> {
    return this.#options.restraint.freeze();
  }

  thaw(): Promise<void> {
    return this.#options.restraint.thaw();
  }

  usage(): SandboxUsage {
    return this.#options.restraint.usage();
  }

  resetPeak(): void {
    this.#options.restraint.resetPeak();
  }

  async remove(): Promise<void> {
    this.#kill();
    await this.#options.restraint.remove();
    await this.exited;
    await this.#slot.remove();
    this.#options.onRemoved();
  }

  /** The outer bwrap: everything inside dies with it. */
  #kill(): void {
    this.#bwrap.kill();
  }
}
