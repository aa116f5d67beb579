// What each runtime is started with here: the Nodes that were installed with the platform or fetched since, and the system's Python.
//
// Owns: `runtimes/` in the work folder, and the fetches that are under way.
// Invariants: I1 a runtime is fetched by one fetch at a time, whoever asks. I2 a failed fetch is told as such for a while before it is tried again.

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, Random } from '#kernel';
import type { Paths } from '../function-environment.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { LaunchRequest, RuntimeStatus } from '../sandbox.ts';
import type { Image } from '../slots/image.ts';
import { fetchNode } from './node-fetch.ts';
import { pinnedNode } from './pinned-nodes.ts';
import { familyOf, NODE_RUNTIMES, PYTHON_RUNTIMES, RUNTIME_NAMES } from './runtime-names.ts';
import type { NodeRuntime, RuntimeName } from './runtime-names.ts';
import { isSupervised, runtimeCommand } from './start-command.ts';
import { findPythons } from './system-python.ts';
import type { SystemPython } from './system-python.ts';

/** How one sandbox is started. */
export interface RuntimeStart {
  /** Holds bin/node: /var/lang. */
  readonly langFolder: string;
  /** `3.11`, where a Python of that name was found; undefined for the system's own. */
  readonly pythonVersion: string | undefined;
  command(paths: Paths): readonly string[];
}

/** Where the runtimes lie that were fetched. */
export const runtimesFolderOf = (workDir: string): string => join(workDir, 'runtimes');

export interface RuntimesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly workDir: string;
  readonly image: Image;
  /** The operator's, for npm. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const RETRY_MS = 30_000;
const PROGRESS_MS = 5000;

type Fetch =
  | { readonly kind: 'running'; step: string; readonly done: Promise<void> }
  | { readonly kind: 'failed'; readonly atMs: number; readonly message: string };

export class Runtimes {
  readonly #options: RuntimesOptions;
  readonly #folder: string;
  readonly #pythons: readonly SystemPython[];
  readonly #fetches = new Map<NodeRuntime, Fetch>();

  private constructor(options: RuntimesOptions, pythons: readonly SystemPython[]) {
    this.#options = options;
    this.#folder = runtimesFolderOf(options.workDir);
    this.#pythons = pythons;
  }

  static async open(options: RuntimesOptions): Promise<Runtimes> {
    const runtimes = new Runtimes(options, await findPythons(PYTHON_RUNTIMES));
    await mkdir(runtimes.#folder, { recursive: true, mode: 0o711 });
    // A fetch that a kill interrupted.
    for (const name of await readdir(runtimes.#folder))
      if (name.includes('.draft-')) await rm(join(runtimes.#folder, name), { recursive: true, force: true });
    return runtimes;
  }

  /** For `mayfly doctor`: every runtime, and what stands behind it. */
  status(): readonly RuntimeStatus[] {
    return RUNTIME_NAMES.map((runtime) => {
      const family = familyOf(runtime);
      if (family === 'node') return this.#nodeStatus(runtime as NodeRuntime);
      if (family === 'python') return this.#pythonStatus(runtime);
      return { runtime, state: 'ready', detail: 'the function brings its own bootstrap' };
    });
  }

  /** Resolves when sandboxes of this runtime can be started; fetches first what is missing. Rejects with `LaunchFailed` in words. */
  async prepare(runtime: RuntimeName): Promise<void> {
    const family = familyOf(runtime);
    switch (family) {
      case 'node':
        await this.#langFolder(runtime as NodeRuntime);
        return;
      case 'python':
        this.#python(runtime);
        return;
      case 'custom':
        return;
      default:
        family satisfies never;
    }
  }

  async start(request: LaunchRequest): Promise<RuntimeStart> {
    const { runtime } = request;
    const family = familyOf(runtime);
    const python = family === 'python' ? this.#python(runtime) : undefined;
    // Python and custom runtimes have no Node of their own; the supervisor runs on the platform's.
    const langFolder = await this.#langFolder(family === 'node' ? (runtime as NodeRuntime) : SUPERVISOR_RUNTIME);
    return {
      langFolder,
      pythonVersion: /3\.\d+$/.exec(python?.path ?? '')?.[0],
      command: (paths) => runtimeCommand({ family, isSupervised: isSupervised(request), pythonPath: python?.path, paths }),
    };
  }

  async #langFolder(runtime: NodeRuntime): Promise<string> {
    const present = this.#presentFolder(runtime);
    if (present !== undefined) return present;
    await this.#fetched(runtime);
    return this.#fetchedFolder(runtime);
  }

  #presentFolder(runtime: NodeRuntime): string | undefined {
    const installed = this.#options.image.langFolders[runtime];
    if (installed !== undefined) return installed;
    const fetched = this.#fetchedFolder(runtime);
    return existsSync(fetched) ? fetched : undefined;
  }

  #fetchedFolder(runtime: NodeRuntime): string {
    return join(this.#folder, `node-${pinnedNode(runtime)?.version ?? 'none'}`);
  }

  /** I1, I2 */
  #fetched(runtime: NodeRuntime): Promise<void> {
    const known = this.#fetches.get(runtime);
    if (known?.kind === 'running') return known.done;
    const { clock } = this.#options;
    if (known?.kind === 'failed' && clock.monotonicMs() - known.atMs < RETRY_MS)
      return Promise.reject(new LaunchFailed(known.message));
    const done = this.#fetch(runtime);
    this.#fetches.set(runtime, { kind: 'running', step: 'downloading', done });
    return done;
  }

  async #fetch(runtime: NodeRuntime): Promise<void> {
    const { clock, random, log, environment } = this.#options;
    const beganMs = clock.monotonicMs();
    const pinned = pinnedNode(runtime);
    let progress = clock.after(PROGRESS_MS, tell);
    function tell(): void {
      const seconds = Math.round((clock.monotonicMs() - beganMs) / 1000);
      log.write('info', 'runtime.fetching', { runtime, seconds });
      progress = clock.after(PROGRESS_MS, tell);
    }
    try {
      if (pinned === undefined) throw new Error('there is no build of it for this machine');
      log.write('info', 'runtime.fetching', { runtime, version: pinned.version });
      const target = this.#fetchedFolder(runtime);
      await fetchNode({ pinned, target, random, environment, onProgress: (step) => this.#progressed(runtime, step) });
      this.#fetches.delete(runtime);
      log.write('info', 'runtime.fetched', { runtime, version: pinned.version, ms: Math.round(clock.monotonicMs() - beganMs) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `The runtime ${runtime} is not here and could not be fetched: ${reason}`;
      this.#fetches.set(runtime, { kind: 'failed', atMs: clock.monotonicMs(), message });
      log.write('warn', 'runtime.fetch-failed', { runtime, cause });
      throw new LaunchFailed(message, { cause });
    } finally {
      progress.cancel();
    }
  }

  #progressed(runtime: NodeRuntime, step: string): void {
    const fetch = this.#fetches.get(runtime);
    if (fetch?.kind === 'running') fetch.step = step;
  }

  #python(runtime: RuntimeName): SystemPython {
    const version = runtime.slice('python'.length);
    const found = this.#pythons.find((python) => python.version === version) ?? this.#pythons[0];
    if (found === undefined)
      throw new LaunchFailed(
        `The runtime ${runtime} needs Python 3.11 or later as /usr/bin/python3, and there is none on this machine`,
      );
    return found;
  }

  #nodeStatus(runtime: NodeRuntime): RuntimeStatus {
    const version = pinnedNode(runtime)?.version;
    const fetch = this.#fetches.get(runtime);
    if (this.#presentFolder(runtime) !== undefined)
      return { runtime, state: 'ready', detail: `Node ${version ?? 'of the platform'}` };
    if (version === undefined) return { runtime, state: 'impossible', detail: 'there is no build of it for this machine' };
    if (fetch?.kind === 'running') return { runtime, state: 'fetching', detail: `Node ${version}: ${fetch.step}` };
    if (fetch?.kind === 'failed') return { runtime, state: 'failed', detail: fetch.message };
    return { runtime, state: 'absent', detail: `Node ${version} is fetched through npm when a function first needs it` };
  }

  #pythonStatus(runtime: RuntimeName): RuntimeStatus {
    const [fallback] = this.#pythons;
    const version = runtime.slice('python'.length);
    const exact = this.#pythons.find((python) => python.version === version);
    if (exact !== undefined) return { runtime, state: 'ready', detail: `Python ${version} at ${exact.path}` };
    if (fallback === undefined)
      return { runtime, state: 'impossible', detail: 'it needs Python 3.11 or later as /usr/bin/python3, and there is none' };
    return { runtime, state: 'ready', detail: `runs on this system's Python ${fallback.version}, not on ${version}` };
  }
}

const SUPERVISOR_RUNTIME: NodeRuntime = NODE_RUNTIMES.at(-1) ?? 'nodejs24.x';
