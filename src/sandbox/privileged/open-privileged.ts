// What root does before it gives its rights away: makes the work folder and the image in it, and starts the launcher process.

import type { Clock, Log, Random } from '#kernel';
import { DEFAULT_UID_RANGE } from '../bwrap/host-uids.ts';
import type { UidRange } from '../bwrap/host-uids.ts';
import { findWalls } from '../detect.ts';
import type { WalledLevel, Walls } from '../detect.ts';
import { groupsNameOf } from '../cgroups/find.ts';
import { closeInheritedDescriptors } from '../inherited-descriptors.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { findNetwork } from '../network/find-network.ts';
import type { NetworkFinding } from '../network/find-network.ts';
import { runtimesFolderOf } from '../runtimes/runtimes.ts';
import { prepareImage } from '../slots/image.ts';
import type { Image } from '../slots/image.ts';
import { ownFolderOf, prepareWorkDir } from '../work-dir.ts';
import { PrivilegedProcess } from './privileged-process.ts';

export interface PrivilegedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly level: WalledLevel;
  readonly projectRoot: string;
  readonly workDir: string;
  readonly uidRange?: UidRange;
  /** The uid and gid that this process will have when it asks: its own, where it stays root. */
  readonly owner: number;
}

/** A launcher process, and what it was started with. */
export interface Privileged {
  readonly process: PrivilegedProcess;
  readonly image: Image;
  readonly level: WalledLevel;
  readonly walls: Walls;
  readonly network: NetworkFinding;
}

/** Rejects with `LaunchFailed`. Nothing that another platform in this work folder may use is touched: that comes with `prepare`. */
export async function openPrivileged(options: PrivilegedOptions): Promise<Privileged> {
  const { clock, random, log, level, projectRoot, workDir, uidRange = DEFAULT_UID_RANGE, owner } = options;
  closeInheritedDescriptors(log);
  const walls = await findWalls(level);
  if (walls.kind === 'none') throw new LaunchFailed(`The isolation level ${level} cannot be had: ${walls.reason}`);
  if (owner >= uidRange.first && owner < uidRange.first + uidRange.count)
    throw new LaunchFailed(`The uid ${owner} is one of those that sandboxes have; the platform needs another`);
  await prepareWorkDir(workDir, owner);
  const image = await prepareImage({ projectRoot, workDir, random });
  const network = await findNetwork({ clock, bwrapPath: walls.path, workDir, hostUid: uidRange.first });
  const settings = {
    workDir,
    bwrapPath: walls.path,
    crunPath: walls.crunPath,
    networkTools: network.kind === 'found' ? network.tools : undefined,
    machine: walls.machine,
    folders: { image, runtimes: runtimesFolderOf(ownFolderOf(workDir)) },
    uidRange,
    owner,
    groupsName: groupsNameOf(workDir),
  };
  return { process: await PrivilegedProcess.start(settings, log), image, level, walls, network };
}
