// Launches functions as plain child processes. Only ever constructed when the operator has named this level.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, NetworkMode } from '#kernel';
import { killProcess, pause } from '../cgroups/control-file.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { isAlive } from '../process-tree-restraint.ts';
import type { Restraint, RestraintMaker } from '../restraint.ts';
import type { RuntimeStart } from '../runtimes/runtimes.ts';
import type { LaunchRequest, TriedAttempt } from '../sandbox.ts';
import { SandboxLauncher } from '../sandbox-launcher.ts';
import type { SandboxLauncherOptions } from '../sandbox-launcher.ts';
import type { Image } from '../slots/image.ts';
import { ProcessEnclosure } from './process-enclosure.ts';
import { processesWithin } from './processes-within.ts';

const GONE_ATTEMPTS = 2000;

export interface ProcessLauncherOptions extends SandboxLauncherOptions {
  readonly workDir: string;
  readonly image: Image;
  readonly restraintMaker: RestraintMaker;
}

export class ProcessLauncher extends SandboxLauncher {
  readonly level = 'process';
  readonly promise =
    'process: functions run as child processes with the platform’s own rights; they can read its files, reach its network and each other. Only for code that you trust.';
  /** Whatever a function reaches, nobody keeps it from it. */
  readonly networks: readonly NetworkMode[] = [];
  readonly networkNotes = ['At the level process functions have the network of the platform itself.'];
  readonly #options: ProcessLauncherOptions;

  constructor(options: ProcessLauncherOptions) {
    super(options);
    this.#options = options;
  }

  selfTest(): Promise<readonly TriedAttempt[]> {
    return Promise.resolve([]);
  }

  protected override async enclose(request: LaunchRequest, start: RuntimeStart): Promise<ProcessEnclosure> {
    const { workDir, image, restraintMaker } = this.#options;
    const id = this.newId();
    await mkdir(join(workDir, 'slots'), { recursive: true });
    const slot = await this.openSlot({ folder: join(workDir, 'slots', id), givesGroup: false, hasDoor: false }, request);
    let restraint: Restraint | undefined;
    try {
      restraint = await restraintMaker.make(id);
      return await ProcessEnclosure.start({ id, request, start, image, slot, restraint });
    } catch (error) {
      await restraint?.remove();
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
