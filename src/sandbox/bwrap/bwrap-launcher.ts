// Launches sandboxes by bubblewrap, under a host uid for each or as an ordinary user.
//
// Owns: the lots that it took.

import { basename, dirname, join } from 'node:path';

import type { NetworkMode } from '#kernel';
import type { WalledLevel } from '../detect.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { NetworkFinding } from '../network/find-network.ts';
import type { Restraint, RestraintMaker } from '../restraint.ts';
import type { RuntimeStart } from '../runtimes/runtimes.ts';
import type { Launcher, LaunchRequest, Sandbox, TriedAttempt } from '../sandbox.ts';
import { SandboxLauncher } from '../sandbox-launcher.ts';
import type { SandboxLauncherOptions } from '../sandbox-launcher.ts';
import { BwrapEnclosure } from './bwrap-enclosure.ts';
import type { SandboxPlan } from './sandbox-plan.ts';
import type { BwrapStarter, Lot } from './starter.ts';

export interface BwrapLauncherOptions extends SandboxLauncherOptions {
  readonly level: WalledLevel;
  readonly starter: BwrapStarter;
  /** Where runtimes lie that did not come with the platform. */
  readonly runtimesFolder: string;
  readonly restraintMaker: RestraintMaker;
  readonly network: NetworkFinding;
  readonly endpointPort: number;
  readonly promise: string;
  /** Tries from inside what must be denied. */
  readonly selfTest: (launcher: Launcher) => Promise<readonly TriedAttempt[]>;
  readonly onClosed: () => Promise<void>;
}

export class BwrapLauncher extends SandboxLauncher {
  readonly level: WalledLevel;
  readonly networks: readonly NetworkMode[];
  readonly networkNotes: readonly string[];
  readonly promise: string;
  readonly #options: BwrapLauncherOptions;
  #selfTest: Promise<readonly TriedAttempt[]> | undefined;

  constructor(options: BwrapLauncherOptions) {
    super(options);
    this.level = options.level;
    this.promise = options.promise;
    this.#options = options;
    const { network } = options;
    this.networks = network.kind === 'found' ? ['platform', 'internet', 'none'] : ['platform', 'none'];
    this.networkNotes = network.kind === 'found' ? [] : [`Functions cannot have the internet here. ${network.reason}.`];
  }

  override async launch(request: LaunchRequest): Promise<Sandbox> {
    if (!this.networks.includes(request.network))
      throw new LaunchFailed([`The network ${request.network} cannot be enforced here.`, ...this.networkNotes].join(' '));
    return super.launch(request);
  }

  async selfTest(): Promise<readonly TriedAttempt[]> {
    // Whoever asks while one is under way hears how it ends.
    this.#selfTest ??= this.#options.selfTest(this).finally(() => (this.#selfTest = undefined));
    return this.#selfTest;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#options.onClosed();
  }

  protected override async enclose(request: LaunchRequest, start: RuntimeStart): Promise<BwrapEnclosure> {
    const { restraintMaker, starter } = this.#options;
    const lot = await starter.takeLot();
    const plan = this.#planFor(request, start, lot);
    const place = { folder: join(lot.folder, plan.id), givesGroup: lot.givesGroup, hasDoor: request.network !== 'none' };
    let restraint: Restraint | undefined;
    try {
      restraint = await restraintMaker.make(plan.id);
      return await BwrapEnclosure.start({
        ...this.#options,
        plan,
        restraint,
        openSlot: () => this.openSlot(place, request),
        onRemoved: () => starter.giveBack(lot),
      });
    } catch (error) {
      await restraint?.remove();
      starter.giveBack(lot);
      throw error;
    }
  }

  #planFor(request: LaunchRequest, { langFolder, pythonVersion }: RuntimeStart, lot: Lot): SandboxPlan {
    const { runtime, network, ephemeralMiB, startEnvironment, supervised = false } = request;
    const id = this.newId();
    const fetchedNode = dirname(langFolder) === this.#options.runtimesFolder ? basename(langFolder) : undefined;
    return { id, lot: lot.number, runtime, fetchedNode, pythonVersion, supervised, network, ephemeralMiB, startEnvironment };
  }
}
