// Opens the cellar: prepares the work folder, clears what an earlier platform left, and gives the launcher of the level that was asked for, after it has
// shown that what must be denied is denied.

import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { Clock, Log, Random } from '#kernel';
import { BwrapLauncher } from './bwrap/bwrap-launcher.ts';
import type { UidRange } from './bwrap/host-uids.ts';
import { selfTest } from './bwrap/self-test.ts';
import { CgroupRestraintMaker } from './cgroups/cgroup-restraint.ts';
import { treeAt } from './cgroups/find.ts';
import { promiseOf } from './detect.ts';
import { openGround } from './ground.ts';
import { LaunchFailed } from './launch-failed.ts';
import { MemoryWatchdog } from './memory-watchdog.ts';
import type { Privileged } from './privileged/open-privileged.ts';
import { ProcessLauncher } from './process/process-launcher.ts';
import { ProcessTreeRestraintMaker } from './process-tree-restraint.ts';
import { Runtimes, runtimesFolderOf } from './runtimes/runtimes.ts';
import type { IsolationLevel, Launcher } from './sandbox.ts';
import { CodeCaches } from './slots/code-caches.ts';
import { SpareTrees } from './slots/spare-trees.ts';
import { ownFolderOf } from './work-dir.ts';

export interface LauncherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** By name; nothing weaker is ever put in its place. */
  readonly level: IsolationLevel;
  /** Where package.json, node_modules and runtimes/ are. */
  readonly projectRoot: string;
  /** Opaque (its path can be read inside), at most 60 characters, on the same filesystem as the code trees; used by one platform at a time. */
  readonly workDir: string;
  /** AWS_ENDPOINT_URL's port, inside and outside. */
  readonly endpointPort: number;
  /** The host uids of sandboxes, where the platform is root. */
  readonly uidRange?: UidRange;
  /** The launcher process, where it was started before this process gave root's rights away; root starts one by itself. */
  readonly privileged?: Privileged | undefined;
  /** The operator's environment: npm finds its configuration in it when a runtime is fetched. Nothing of it reaches a sandbox. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Rejects with `LaunchFailed` where the level cannot be had or its self-test fails. */
export async function createLauncher(options: LauncherOptions): Promise<Launcher> {
  const { clock, random, log, workDir } = options;
  const ground = await openGround(options);
  const { image, groups, swept } = ground;
  const own = ownFolderOf(workDir);
  const runtimes = await Runtimes.open({ clock, random, log, workDir: own, image, environment: options.environment ?? {} });
  // Nothing of the last start is worth keeping.
  await rm(join(own, 'spare'), { recursive: true, force: true });
  const spareTrees = new SpareTrees({ folder: join(own, 'spare'), clock, random, log });
  const codeCaches = await CodeCaches.open({
    folder: join(own, 'caches'),
    image: basename(dirname(image.runtimeFolder)),
    random,
    log,
  });
  const watchdog = new MemoryWatchdog(clock);
  const processTree = new ProcessTreeRestraintMaker({ watchdog, clock });
  const tree = groups.kind === 'found' ? treeAt(groups.place, clock) : undefined;
  if (ground.level === 'process')
    return new ProcessLauncher({
      clock,
      random,
      log,
      workDir,
      image,
      runtimes,
      spareTrees,
      codeCaches,
      restraintMaker: processTree,
      swept,
    });

  const { level, walls, starter } = ground;
  const launcher = new BwrapLauncher({
    level,
    clock,
    random,
    log,
    starter,
    runtimes,
    runtimesFolder: runtimesFolderOf(own),
    spareTrees,
    codeCaches,
    restraintMaker: tree === undefined ? processTree : new CgroupRestraintMaker({ tree, watchdog }),
    endpointPort: options.endpointPort,
    promise: promiseOf(level, { rootless: !ground.hasUids, hasCgroups: tree !== undefined }),
    network: ground.network,
    swept,
    selfTest: (launched) =>
      selfTest({ clock, launcher: launched, image, machine: walls.machine, workDir: own, secrets: secretsOf(options) }),
    onClosed: () => ground.close(),
  });
  await requireIsolation(launcher);
  return launcher;
}

/** Fails closed: a level whose promise does not hold is not served. */
async function requireIsolation(launcher: Launcher): Promise<void> {
  const tried = await launcher.selfTest().catch(async (error: unknown) => {
    await launcher.close();
    throw error;
  });
  const failures = tried.flatMap(({ found }) => found ?? []);
  if (failures.length === 0) return;
  await launcher.close();
  throw new LaunchFailed(
    `The isolation level ${launcher.level} does not hold on this machine, so it is not served. In a sandbox a probe found: ${failures.join('; ')}`,
  );
}

/** The path that must not be readable inside; a work folder below the project names it by itself. */
function secretsOf({ projectRoot, workDir }: LauncherOptions): readonly string[] {
  return workDir.startsWith(`${projectRoot}/`) ? [] : [projectRoot];
}
