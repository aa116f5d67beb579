// Opens the cellar: prepares the work folder, clears what an earlier platform left, and gives the launcher of the level that was asked for, after it has
// shown that what must be denied is denied.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, Random } from '#kernel';
import { BwrapLauncher, sweepFolders } from './bwrap/bwrap-launcher.ts';
import { DEFAULT_UID_RANGE } from './bwrap/host-uids.ts';
import type { UidRange } from './bwrap/host-uids.ts';
import { selfTest } from './bwrap/self-test.ts';
import { CgroupRestraintMaker } from './cgroups/cgroup-restraint.ts';
import { findCgroups } from './cgroups/find.ts';
import type { CgroupFinding } from './cgroups/find.ts';
import { sweepGroups } from './cgroups/sweep.ts';
import { bwrapPromise, findBwrap } from './detect.ts';
import { closeInheritedDescriptors } from './inherited-descriptors.ts';
import { LaunchFailed } from './launch-failed.ts';
import { MemoryWatchdog } from './memory-watchdog.ts';
import { findNetwork } from './network/find-network.ts';
import { ProcessLauncher, sweepProcesses } from './process/process-launcher.ts';
import { ProcessTreeRestraintMaker } from './process-tree-restraint.ts';
import { Runtimes } from './runtimes/runtimes.ts';
import type { IsolationLevel, Launcher, SweepReport } from './sandbox.ts';
import { prepareImage } from './slots/image.ts';
import { hasCode } from './slots/link-tree.ts';
import { SpareTrees } from './slots/spare-trees.ts';
import { prepareWorkDir } from './work-dir.ts';

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
  /** The operator's environment: npm finds its configuration in it when a runtime is fetched. Nothing of it reaches a sandbox. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Rejects with `LaunchFailed` where the level cannot be had or its self-test fails. */
export async function createLauncher(options: LauncherOptions): Promise<Launcher> {
  const { clock, random, log, workDir, projectRoot } = options;
  closeInheritedDescriptors(log);
  await prepareWorkDir(workDir);
  const watchdog = new MemoryWatchdog(clock);
  const processesKilled = await sweepProcesses(workDir, clock);
  const cgroups = await findCgroups({ name: `mayfly-${createHash('sha256').update(workDir).digest('hex').slice(0, 12)}`, clock });
  const swept = await sweep({ workDir, cgroups, processesKilled, clock });
  const image = await prepareImage({ projectRoot, workDir, random });
  const runtimes = await Runtimes.open({ clock, random, log, workDir, image, environment: options.environment ?? {} });
  const spareTrees = new SpareTrees({ folder: join(workDir, 'spare'), clock, random, log });
  const processTree = new ProcessTreeRestraintMaker({ watchdog, clock });
  if (options.level === 'process')
    return new ProcessLauncher({ clock, random, log, workDir, image, runtimes, spareTrees, restraintMaker: processTree, swept });

  const bwrap = await findBwrap();
  if (bwrap.kind === 'none') throw new LaunchFailed(`The isolation level bwrap cannot be had: ${bwrap.reason}`);
  const rootless = process.geteuid?.() !== 0;
  const uidRange = rootless ? undefined : (options.uidRange ?? DEFAULT_UID_RANGE);
  const launcher = await BwrapLauncher.create({
    ...options,
    bwrapPath: bwrap.path,
    machine: bwrap.machine,
    image,
    runtimes,
    spareTrees,
    restraintMaker: cgroups.kind === 'found' ? new CgroupRestraintMaker({ tree: cgroups.tree, watchdog }) : processTree,
    uidRange,
    network: await findNetwork({ clock, bwrapPath: bwrap.path, workDir, hostUid: uidRange?.first }),
    promise: bwrapPromise({ rootless, hasCgroups: cgroups.kind === 'found' }),
    swept,
    selfTest: (launched) =>
      selfTest({ clock, launcher: launched, image, machine: bwrap.machine, workDir, secrets: secretsOf(options) }),
    onClosed: () => (cgroups.kind === 'found' ? cgroups.tree.close() : Promise.resolve()),
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
    `The isolation level bwrap does not hold on this machine, so it is not served. In a sandbox a probe found: ${failures.join('; ')}`,
  );
}

/** The path that must not be readable inside; a work folder below the project names it by itself. */
function secretsOf({ projectRoot, workDir }: LauncherOptions): readonly string[] {
  return workDir.startsWith(`${projectRoot}/`) ? [] : [projectRoot];
}

interface SweepOptions {
  readonly workDir: string;
  readonly cgroups: CgroupFinding;
  readonly processesKilled: number;
  readonly clock: Clock;
}

/** Processes first, then the folders that they used. The groups of the last start are remembered: this start may be in others. */
async function sweep({ workDir, cgroups, processesKilled, clock }: SweepOptions): Promise<SweepReport> {
  const record = join(workDir, 'cgroups.json');
  const folders = cgroups.kind === 'found' ? cgroups.tree.folders : [];
  const groups = await sweepGroups([...new Set([...(await recordedFolders(record)), ...folders])], clock);
  await writeFile(record, JSON.stringify(folders), { mode: 0o600 });
  const slotsRemoved = await sweepFolders(workDir);
  return { processesKilled: processesKilled + groups.processesKilled, cgroupsRemoved: groups.cgroupsRemoved, slotsRemoved };
}

async function recordedFolders(record: string): Promise<readonly string[]> {
  try {
    const folders: unknown = JSON.parse(await readFile(record, 'utf8'));
    if (!Array.isArray(folders)) return [];
    return folders.filter((folder) => typeof folder === 'string' && /\/mayfly-[0-9a-f]{12}$/.test(folder));
  } catch (error) {
    // The first start has none; one that was cut off by a power cut names groups that did not survive it either.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}
