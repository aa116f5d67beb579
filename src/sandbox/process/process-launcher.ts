// Launches functions as plain child processes. Only ever constructed when the operator has named this level.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, NetworkMode, Random } from '#kernel';
import { killProcess, pause } from '../cgroups/control-file.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { Launches } from '../launches.ts';
import { isAlive } from '../process-tree-restraint.ts';
import type { RestraintMaker } from '../restraint.ts';
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
import type { CodeCaches } from '../slots/code-caches.ts';
import type { SpareTrees } from '../slots/spare-trees.ts';
import { ProcessEnclosure } from './process-enclosure.ts';
import { processesWithin } from './processes-within.ts';

const GONE_ATTEMPTS = 2000;

export interface ProcessLauncherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly workDir: string;
  readonly image: Image;
  readonly runtimes: Runtimes;
  readonly spareTrees: SpareTrees;
  readonly codeCaches: CodeCaches;
  readonly restraintMaker: RestraintMaker;
  readonly swept: SweepReport;
}

export class ProcessLauncher implements Launcher {
  readonly level = 'process';
  readonly promise =
    'process: functions run as child processes with the platform’s own rights; they can read its files, reach its network and each other. Only for code that you trust.';
  /** Whatever a function reaches, nobody keeps it from it. */
  readonly networks: readonly NetworkMode[] = [];
  readonly networkNotes = ['At the level process functions have the network of the platform itself.'];
  readonly #options: ProcessLauncherOptions;
  readonly #launches = new Launches();

  constructor(options: ProcessLauncherOptions) {
    this.#options = options;
  }

  async launch(request: LaunchRequest): Promise<Sandbox> {
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

  selfTest(): Promise<readonly TriedAttempt[]> {
    return Promise.resolve([]);
  }

  async close(): Promise<void> {
    await this.#launches.close();
    await this.#options.spareTrees.close();
  }

  async #enclose(request: LaunchRequest, start: RuntimeStart): Promise<ProcessEnclosure> {
    const { random, workDir, image, spareTrees, codeCaches, restraintMaker } = this.#options;
    const id = Buffer.from(random.bytes(8)).toString('hex');
    await mkdir(join(workDir, 'slots'), { recursive: true });
    const folder = join(workDir, 'slots', id);
    const slot = await Slot.create({ folder, givesGroup: false, spareTrees, codeCaches, hasDoor: false });
    try {
      if (request.placed !== undefined) await slot.furnish(request.placed);
      return await ProcessEnclosure.start({ id, request, start, image, slot, restraint: await restraintMaker.make(id) });
    } catch (error) {
      await slot.remove();
      throw error;
    }
  }
}

/** Ends the processes that a platform left, whoever they belong to now: what a function starts carries its folders in the environment. */
export async function sweepProcesses(workDir: string, clock: Clock): Promise<number> {
  const pids = processesWithin(join(workDir, 'slots'));
  for (const pid of pids) killProcess(pid);
  for (let attempt = 0; pids.some(isAlive); attempt++) {
    if (attempt === GONE_ATTEMPTS)
      throw new LaunchFailed(`Processes of an earlier platform (${pids.join(', ')}) survive SIGKILL; they hang in the kernel`);
    await pause(clock, Math.min(attempt, 10));
  }
  return pids.length;
}
