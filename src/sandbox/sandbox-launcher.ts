// What launchers of every level do alike: they differ in how they enclose a process.
//
// Owns: the sandboxes that start and live.

import type { Clock, Log, NetworkMode, Random } from '#kernel';
import type { Enclosure } from './enclosure.ts';
import { Launches } from './launches.ts';
import { RuntimeSandbox } from './runtime-sandbox.ts';
import type { Runtimes, RuntimeStart } from './runtimes/runtimes.ts';
import type {
  IsolationLevel,
  Launcher,
  LaunchRequest,
  RuntimeName,
  RuntimeStatus,
  Sandbox,
  Specialisation,
  SweepReport,
  TriedAttempt,
} from './sandbox.ts';
import type { CodeCaches } from './slots/code-caches.ts';
import { Slot } from './slots/slot.ts';
import type { SlotOptions } from './slots/slot.ts';
import type { SpareTrees } from './slots/spare-trees.ts';

export interface SandboxLauncherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly runtimes: Runtimes;
  readonly spareTrees: SpareTrees;
  readonly codeCaches: CodeCaches;
  /** What the sweep at the start found; it has to come before anything else lives here. */
  readonly swept: SweepReport;
}

export abstract class SandboxLauncher implements Launcher {
  abstract readonly level: IsolationLevel;
  abstract readonly promise: string;
  abstract readonly networks: readonly NetworkMode[];
  abstract readonly networkNotes: readonly string[];
  readonly #options: SandboxLauncherOptions;
  readonly #launches = new Launches();

  constructor(options: SandboxLauncherOptions) {
    this.#options = options;
  }

  /** Starts the process of a sandbox; leaves nothing where it fails. */
  protected abstract enclose(request: LaunchRequest, start: RuntimeStart): Promise<Enclosure>;

  abstract selfTest(): Promise<readonly TriedAttempt[]>;

  async launch(request: LaunchRequest): Promise<Sandbox> {
    const { clock, random, log, runtimes } = this.#options;
    const start = await runtimes.start(request);
    return this.#launches.add(
      async () => new RuntimeSandbox({ clock, random, log, enclosure: await this.enclose(request, start) }),
    );
  }

  runtimes(): readonly RuntimeStatus[] {
    return this.#options.runtimes.status();
  }

  prepare(runtime: RuntimeName): Promise<void> {
    return this.#options.runtimes.prepare(runtime);
  }

  get codeCaches(): CodeCaches {
    return this.#options.codeCaches;
  }

  expect(code: Pick<Specialisation, 'codeTree' | 'layerTrees'>): Promise<void> {
    return this.#options.spareTrees.expect(code);
  }

  sweep(): Promise<SweepReport> {
    return Promise.resolve(this.#options.swept);
  }

  async close(): Promise<void> {
    await this.#launches.close();
    await this.#options.spareTrees.close();
  }

  /** Opaque; no tenant's name. */
  protected newId(): string {
    return Buffer.from(this.#options.random.bytes(8)).toString('hex');
  }

  /** With what has to be in its place before the runtime starts. */
  protected async openSlot(
    place: Pick<SlotOptions, 'folder' | 'givesGroup' | 'hasDoor'>,
    { placed }: LaunchRequest,
  ): Promise<Slot> {
    const { spareTrees, codeCaches } = this.#options;
    const slot = await Slot.create({ ...place, spareTrees, codeCaches });
    if (placed === undefined) return slot;
    try {
      await slot.furnish(placed);
      return slot;
    } catch (error) {
      await slot.remove();
      throw error;
    }
  }
}
