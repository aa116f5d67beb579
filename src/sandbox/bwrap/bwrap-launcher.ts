// Launches sandboxes by bubblewrap, as root with a uid for each or as an ordinary user.
//
// Owns: the work folder's `slots/`, `spare/` and filter, the uids, the sandboxes that live.

import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, NetworkMode, Random } from '#kernel';
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
import type { Image } from '../slots/image.ts';
import { Slot } from '../slots/slot.ts';
import type { SpareTrees } from '../slots/spare-trees.ts';
import { BwrapEnclosure } from './bwrap-enclosure.ts';
import { HostUids } from './host-uids.ts';
import type { UidRange } from './host-uids.ts';
import { seccompFilter } from './seccomp/filter.ts';
import type { Machine } from './seccomp/filter.ts';

export interface BwrapLauncherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly workDir: string;
  readonly bwrapPath: string;
  readonly machine: Machine;
  readonly image: Image;
  readonly runtimes: Runtimes;
  readonly spareTrees: SpareTrees;
  readonly restraintMaker: RestraintMaker;
  /** Undefined: the platform is no root, and its sandboxes run as it does. */
  readonly uidRange: UidRange | undefined;
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
  readonly level = 'bwrap';
  readonly networks: readonly NetworkMode[];
  readonly networkNotes: readonly string[];
  readonly promise: string;
  readonly #options: BwrapLauncherOptions;
  readonly #uids: HostUids | undefined;
  readonly #launches = new Launches();
  #selfTest: Promise<readonly TriedAttempt[]> | undefined;

  private constructor(options: BwrapLauncherOptions) {
    this.promise = options.promise;
    this.#options = options;
    const { network } = options;
    this.networks = network.kind === 'found' ? ['platform', 'internet', 'none'] : ['platform', 'none'];
    this.networkNotes = network.kind === 'found' ? [] : [`Functions cannot have the internet here. ${network.reason}.`];
    this.#uids = options.uidRange === undefined ? undefined : new HostUids(options.uidRange);
  }

  static async create(options: BwrapLauncherOptions): Promise<BwrapLauncher> {
    const launcher = new BwrapLauncher(options);
    await mkdir(launcher.#slotsFolder, { recursive: true });
    // As the work folder: passable, not readable.
    await chmod(launcher.#slotsFolder, 0o711);
    await writeFile(launcher.#filterPath, seccompFilter(options.machine), { mode: 0o600 });
    return launcher;
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

  get #slotsFolder(): string {
    return join(this.#options.workDir, 'slots');
  }

  get #filterPath(): string {
    return join(this.#options.workDir, 'filter.bpf');
  }

  async #enclose(request: LaunchRequest, start: RuntimeStart): Promise<BwrapEnclosure> {
    const { random, restraintMaker } = this.#options;
    const uid = this.#uids?.take();
    if (this.#uids !== undefined && uid === undefined)
      throw new LaunchFailed('Every host uid of the configured range is in use; widen the range');
    const id = Buffer.from(random.bytes(8)).toString('hex');
    let restraint: Restraint | undefined;
    try {
      restraint = await restraintMaker.make(id);
      return await BwrapEnclosure.start({
        ...this.#options,
        networkTools: this.#options.network.kind === 'found' ? this.#options.network.tools : undefined,
        id,
        request,
        start,
        openSlot: () => this.#openSlot(id, request, uid),
        hostUid: uid,
        restraint,
        filterPath: this.#filterPath,
        onRemoved: () => this.#giveBack(uid),
      });
    } catch (error) {
      await restraint?.remove();
      this.#giveBack(uid);
      throw error;
    }
  }

  async #openSlot(id: string, request: LaunchRequest, uid: number | undefined): Promise<Slot> {
    const owner = uid === undefined ? undefined : { uid, gid: uid };
    const slot = await Slot.create({
      folder: join(this.#slotsFolder, id),
      owner,
      spareTrees: this.#options.spareTrees,
      hasDoor: request.network !== 'none',
    });
    if (request.placed === undefined) return slot;
    try {
      await slot.furnish(request.placed);
      return slot;
    } catch (error) {
      await slot.remove();
      throw error;
    }
  }

  #giveBack(uid: number | undefined): void {
    if (uid !== undefined) this.#uids?.giveBack(uid);
  }
}

/** Removes the slots and spare trees of a platform that is gone; its processes must be dead by now. */
export async function sweepFolders(workDir: string): Promise<number> {
  const slots = await readdir(join(workDir, 'slots')).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  for (const slot of slots) await rm(join(workDir, 'slots', slot), { recursive: true, force: true });
  await rm(join(workDir, 'spare'), { recursive: true, force: true });
  return slots.length;
}
