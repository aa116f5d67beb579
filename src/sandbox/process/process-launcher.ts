// Launches functions as plain child processes. Only ever constructed when the operator has named this level.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Random } from '#kernel';
import { killProcess, pause } from '../cgroups/control-file.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { isAlive } from '../process-tree-restraint.ts';
import type { RestraintMaker } from '../restraint.ts';
import { RuntimeSandbox } from '../runtime-sandbox.ts';
import type { Launcher, LaunchRequest, Sandbox, SweepReport } from '../sandbox.ts';
import type { Image } from '../slots/image.ts';
import { Slot } from '../slots/slot.ts';
import type { SpareTrees } from '../slots/spare-trees.ts';
import { ProcessEnclosure } from './process-enclosure.ts';
import { processesWithin } from './processes-within.ts';

const BOOT_TIMEOUT_MS = 20_000;
const GONE_ATTEMPTS = 2000;

export interface ProcessLauncherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly workDir: string;
  readonly image: Image;
  readonly spareTrees: SpareTrees;
  readonly restraintMaker: RestraintMaker;
  readonly swept: SweepReport;
}

export class ProcessLauncher implements Launcher {
  readonly level = 'process';
  readonly promise =
    'process: functions run as child processes with the platform’s own rights; they can read its files, reach its network and each other. Only for code that you trust.';
  readonly #options: ProcessLauncherOptions;
  readonly #living = new Set<Sandbox>();
  readonly #starting = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: ProcessLauncherOptions) {
    this.#options = options;
  }

  async launch(request: LaunchRequest): Promise<Sandbox> {
    if (this.#closed) throw new LaunchFailed('The launcher is closed');
    const starting = this.#start(request);
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  sweep(): Promise<SweepReport> {
    return Promise.resolve(this.#options.swept);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#living].map((sandbox) => sandbox.destroy()));
    await this.#options.spareTrees.close();
  }

  async #start(request: LaunchRequest): Promise<Sandbox> {
    const { clock, random, workDir, image, spareTrees, restraintMaker } = this.#options;
    if (image.langFolders[request.runtime] === undefined)
      throw new LaunchFailed(`The runtime ${request.runtime} is not installed; run npm install in the project`);
    const id = Buffer.from(random.bytes(8)).toString('hex');
    await mkdir(join(workDir, 'slots'), { recursive: true });
    const slot = await Slot.create({ folder: join(workDir, 'slots', id), owner: undefined, spareTrees });
    let sandbox;
    try {
      if (request.placed !== undefined) await slot.furnish(request.placed);
      const restraint = await restraintMaker.make(id);
      sandbox = new RuntimeSandbox({
        clock,
        random,
        enclosure: await ProcessEnclosure.start({ id, request, image, slot, restraint }),
      });
    } catch (error) {
      await slot.remove();
      if (error instanceof LaunchFailed) throw error;
      throw new LaunchFailed(`A process could not be prepared: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    const started = sandbox;
    this.#living.add(started);
    void started.gone.then(() => this.#living.delete(started));
    await started.boot(BOOT_TIMEOUT_MS);
    return started;
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
