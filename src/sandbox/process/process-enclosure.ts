// A plain child process with the same agent and channel: no isolation at all. For machines without bubblewrap, and only when asked by name.
//
// Owns: one slot, one process group, one restraint.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { killProcess } from '../cgroups/control-file.ts';
import type { Enclosure, Place, ProcessExit } from '../enclosure.ts';
import { baseEnvironment } from '../function-environment.ts';
import type { Paths } from '../function-environment.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { Restraint } from '../restraint.ts';
import type { LaunchRequest, RuntimeName, SandboxUsage, Specialisation } from '../sandbox.ts';
import type { RuntimeStart } from '../runtimes/runtimes.ts';
import type { Image } from '../slots/image.ts';
import type { Slot } from '../slots/slot.ts';
import { processesWithin } from './processes-within.ts';

export interface ProcessEnclosureOptions {
  readonly id: string;
  readonly request: LaunchRequest;
  readonly start: RuntimeStart;
  readonly image: Image;
  readonly slot: Slot;
  readonly restraint: Restraint;
}

export class ProcessEnclosure implements Enclosure {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly channel: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The platform's port is in reach without a door. */
  readonly endpoint = undefined;
  readonly exited: Promise<ProcessExit>;
  readonly #options: ProcessEnclosureOptions;
  readonly #paths: Paths;
  readonly #process: ChildProcess;

  private constructor(options: ProcessEnclosureOptions, paths: Paths, child: ChildProcess) {
    const [, stdout, stderr, channel] = child.stdio;
    assert(
      stdout instanceof Readable && stderr instanceof Readable && channel instanceof Socket,
      'all pipes of a sandbox are open',
    );
    this.id = options.id;
    this.runtime = options.request.runtime;
    this.channel = channel;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#options = options;
    this.#paths = paths;
    this.#process = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
    });
  }

  static async start(options: ProcessEnclosureOptions): Promise<ProcessEnclosure> {
    const paths = await prepare(options);
    const [program = '', ...args] = options.start.command(paths);
    const child = spawn(program, args, {
      cwd: options.slot.folder,
      env: { ...baseEnvironment(options.request.runtime, paths), ...options.request.startEnvironment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new LaunchFailed(`${program} could not be started: ${cause.message}`, { cause });
    }
    const enclosure = new ProcessEnclosure(options, paths, child);
    await options.restraint.join(child.pid);
    return enclosure;
  }

  async runtimeStarted(): Promise<void> {
    this.#options.slot.runtimeStarted();
  }

  placeOf(specialisation: Specialisation): Place {
    const cache = this.#options.slot.codeCacheFor(specialisation);
    return {
      codeCachePath: cache === undefined ? undefined : join(this.#options.slot.folder, cache),
      taskRoot: this.#paths.task,
      layerRoot: this.#paths.opt,
      environment: { ...baseEnvironment(this.runtime, this.#paths), ...specialisation.environment },
    };
  }

  furnish(specialisation: Specialisation): void | Promise<void> {
    return this.#options.slot.furnish(specialisation);
  }

  limit({ memoryMiB }: Specialisation): void {
    const { restraint, request } = this.#options;
    restraint.limit({ memoryMiB, ephemeralMiB: request.ephemeralMiB });
  }

  setRunning(running: boolean): void {
    if (running) this.#options.restraint.watch(() => this.#process.kill('SIGKILL'));
    else this.#options.restraint.unwatch();
  }

  ranOutOfMemory(): boolean {
    return this.#options.restraint.ranOutOfMemory();
  }

  /** Nothing comes this way: the function connects to the platform's own port. */
  onConnection(): void {}

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
    await this.#options.restraint.remove();
    await this.exited;
    // What had detached itself from the tree.
    for (const pid of processesWithin(this.#options.slot.folder)) killProcess(pid);
    await this.#options.slot.remove();
  }
}

/** The same folders as in a sandbox, by their paths on the host; `node_modules` beside `task` is where ES modules look for the SDK. */
async function prepare({ slot, image, start }: ProcessEnclosureOptions): Promise<Paths> {
  const { folder } = slot;
  await symlink(join(image.runtimeFolder, 'node_modules'), join(folder, 'node_modules'));
  // In the slot's place for /tmp stands a link to the host's, which others share.
  await rm(join(folder, 'tmp'));
  await mkdir(join(folder, 'tmp'), { mode: 0o700 });
  return {
    task: join(folder, 'task'),
    opt: join(folder, 'opt'),
    runtime: image.runtimeFolder,
    lang: start.langFolder,
    temporary: join(folder, 'tmp'),
  };
}
