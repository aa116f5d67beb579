// Launches sandboxes by bubblewrap, under a host uid for each or as an ordinary user.
//
// Owns: the spare trees, the lots that it took, the sandboxes that live.

import { basename, dirname, join } from 'node:path';

import type { Clock, Log, NetworkMode, Random } from '#kernel';
import type { WalledLevel } from '../detect.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { Launches } from '../launches.ts';
import type { NetworkFinding } from '../network/find-network.ts';
import type { Restraint, RestraintMaker } from '../restraint.ts';
import { RuntimeSandbox } from '../runtime-sandbox.ts';
import type {
  Launcher,
  LaunchRequest,
  RuntimeName,
  RuntimeStatus,
  Sandbox,
  Specialisation,
  SweepReport,
  TriedAttempt,
} from '../sandbox.ts';
import type { Runtimes, RuntimeStart } from '../runtimes/runtimes.ts';
import { Slot } from '../slots/slot.ts';
import type { CodeCaches } from '../slots/code-caches.ts';
import type { SpareTrees } from '../slots/spare-trees.ts';
import { BwrapEnclosure } from './bwrap-enclosure.ts';
import type { SandboxPlan } from './sandbox-plan.ts';
import type { BwrapStarter, Lot } from './starter.ts';

export interface BwrapLauncherOptions {
  readonly level: WalledLevel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly starter: BwrapStarter;
  readonly runtimes: Runtimes;
  /** Where runtimes lie that did not come with the platform. */
  readonly runtimesFolder: string;
  readonly spareTrees: SpareTrees;
  readonly codeCaches: CodeCaches;
  readonly restraintMaker: RestraintMaker;
  readonly network: NetworkFinding;
  readonly endpointPort: number;
  readonly promise: string;
  /** What the sweep at the start found; it has to come before anything else lives here. */
  readonly swept: SweepReport;
  /** Tries from inside what must be denied. */
  readonly selfTest: (launcher: Launcher) => Promise<readonly TriedAttempt[]>;
  readonly onClosed: () => Promise<void>;
}

export class BwrapLauncher implements Launcher {
  readonly level: WalledLevel;
  readonly networks: readonly NetworkMode[];
  readonly networkNotes: readonly string[];
  readonly promise: string;
  readonly #options: BwrapLauncherOptions;
  readonly #launches = new Launches();
  #selfTest: Promise<readonly TriedAttempt[]> | undefined;

  constructor(options: BwrapLauncherOptions) {
    this.level = options.level;
    this.promise = options.promise;
    this.#options = options;
    const { network } = options;
    this.networks = network.kind === 'found' ? ['platform', 'internet', 'none'] : ['platform', 'none'];
    this.networkNotes = network.kind === 'found' ? [] : [`Functions cannot have the internet here. ${network.reason}.`];
  }

  async launch(request: LaunchRequest): Promise<Sandbox> {
    if (!this.networks.includes(request.network))
      throw new LaunchFailed([`The network ${request.network} cannot be enforced here.`, ...this.networkNotes].join(' '));
    const start = await this.#options.runtimes.start(request);
    return this.#launches.add(async () => {
      const { clock, random, log } = this.#options;
      return new RuntimeSandbox({ clock, random, log, enclosure: await this.#enclose(request, start) });
    });
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

  async selfTest(): Promise<readonly TriedAttempt[]> {
    // Whoever asks while one is under way hears how it ends.
    this.#selfTest ??= this.#options.selfTest(this).finally(() => (this.#selfTest = undefined));
    return this.#selfTest;
  }

  async close(): Promise<void> {
    await this.#launches.close();
    await this.#options.spareTrees.close();
    await this.#options.onClosed();
  }

  async #enclose(request: LaunchRequest, start: RuntimeStart): Promise<BwrapEnclosure> {
    const { random, restraintMaker, starter } = this.#options;
    const lot = await starter.takeLot();
    const plan = this.#planFor(request, start, lot, Buffer.from(random.bytes(8)).toString('hex'));
    let restraint: Restraint | undefined;
    try {
      restraint = await restraintMaker.make(plan.id);
      return await BwrapEnclosure.start({
        ...this.#options,
        plan,
        restraint,
        openSlot: () => this.#openSlot(join(lot.folder, plan.id), request, lot),
        onRemoved: () => starter.giveBack(lot),
      });
    } catch (error) {
      await restraint?.remove();
      starter.giveBack(lot);
      throw error;
    }
  }

  #planFor(request: LaunchRequest, { langFolder, pythonVersion }: RuntimeStart, lot: Lot, id: string): SandboxPlan {
    const { runtime, network, ephemeralMiB, startEnvironment, supervised = false } = request;
    const fetchedNode = dirname(langFolder) === this.#options.runtimesFolder ? basename(langFolder) : undefined;
    return { id, lot: lot.number, runtime, fetchedNode, pythonVersion, supervised, network, ephemeralMiB, startEnvironment };
  }

  async #openSlot(folder: string, request: LaunchRequest, { givesGroup }: Lot): Promise<Slot> {
    const { spareTrees, codeCaches } = this.#options;
    const slot = await Slot.create({ folder, givesGroup, spareTrees, codeCaches, hasDoor: request.network !== 'none' });
    if (request.placed === undefined) return slot;
    try {
      await slot.furnish(request.placed);
      return slot;
    } catch (error) {
      await slot.remove();
      throw error;
    }
  }
}
