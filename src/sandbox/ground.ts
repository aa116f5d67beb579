// The ground that a launcher stands on: a clean work folder, the image, the groups, and who starts bwrap. This process prepares it by itself, or has the
// launcher process do so.

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { findWalls } from './detect.ts';
import type { WalledLevel, Walls } from './detect.ts';
import { OwnStarter } from './bwrap/starter.ts';
import type { BwrapStarter } from './bwrap/starter.ts';
import { seccompFilter } from './bwrap/seccomp/filter.ts';
import { groupsNameOf, treeAt } from './cgroups/find.ts';
import { closeInheritedDescriptors } from './inherited-descriptors.ts';
import { LaunchFailed } from './launch-failed.ts';
import type { LauncherOptions } from './launcher.ts';
import { findNetwork } from './network/find-network.ts';
import type { NetworkFinding } from './network/find-network.ts';
import { openPrivileged } from './privileged/open-privileged.ts';
import type { Privileged } from './privileged/open-privileged.ts';
import { prepareGround } from './privileged/preparation.ts';
import type { Prepared } from './privileged/preparation.ts';
import { runtimesFolderOf } from './runtimes/runtimes.ts';
import { prepareImage, removeOtherImages } from './slots/image.ts';
import type { Image } from './slots/image.ts';
import { ownFolderOf, prepareWorkDir } from './work-dir.ts';

interface PreparedGround extends Prepared {
  readonly image: Image;
}

export type Ground =
  | (PreparedGround & { readonly level: 'process' })
  | (PreparedGround & {
      readonly level: WalledLevel;
      readonly walls: Walls;
      readonly network: NetworkFinding;
      readonly starter: BwrapStarter;
      /** Whether every sandbox has a host uid of its own. */
      readonly hasUids: boolean;
      /** Nothing runs any more: the groups go, and the launcher process. */
      close(): Promise<void>;
    });

export async function openGround(options: LauncherOptions): Promise<Ground> {
  const { level } = options;
  if (level === 'process') return { level, ...(await prepareAlone(options)) };
  const isRoot = process.geteuid?.() === 0;
  const privileged = options.privileged ?? (isRoot ? await openPrivileged({ ...options, level, owner: 0 }) : undefined);
  return privileged === undefined ? withoutRoot(level, options) : throughProcess(privileged);
}

async function throughProcess({ process: launcherProcess, ...found }: Privileged): Promise<Ground> {
  const close = (): Promise<void> => launcherProcess.close();
  try {
    const prepared = await launcherProcess.prepare();
    return { ...prepared, ...found, starter: launcherProcess, hasUids: true, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function withoutRoot(level: WalledLevel, options: LauncherOptions): Promise<Ground> {
  const prepared = await prepareAlone(options);
  const { image, groups } = prepared;
  const { workDir, clock } = options;
  const walls = await findWalls(level);
  if (walls.kind === 'none') throw new LaunchFailed(`The isolation level ${level} cannot be had: ${walls.reason}`);
  const { path: bwrapPath, crunPath } = walls;
  const slotsFolder = join(workDir, 'slots');
  const filterPath = join(workDir, 'filter.bpf');
  const network = await findNetwork({ clock, bwrapPath, workDir, hostUid: undefined });
  const networkTools = network.kind === 'found' ? network.tools : undefined;
  await mkdir(slotsFolder, { recursive: true });
  // As the work folder: passable, not readable.
  await chmod(slotsFolder, 0o711);
  await writeFile(filterPath, seccompFilter(walls.machine), { mode: 0o600 });
  const folders = { image, runtimes: runtimesFolderOf(ownFolderOf(workDir)) };
  return {
    level,
    ...prepared,
    walls,
    network,
    starter: new OwnStarter({ tools: { clock, bwrapPath, crunPath, filterPath, networkTools }, slotsFolder, folders }),
    hasUids: false,
    close: () => (groups.kind === 'found' ? treeAt(groups.place, clock).close() : Promise.resolve()),
  };
}

async function prepareAlone({ clock, random, log, workDir, projectRoot }: LauncherOptions): Promise<PreparedGround> {
  closeInheritedDescriptors(log);
  await prepareWorkDir(workDir);
  const prepared = await prepareGround({ clock, workDir, groupsName: groupsNameOf(workDir), owner: undefined });
  const image = await prepareImage({ projectRoot, workDir, random });
  await removeOtherImages(image);
  return { ...prepared, image };
}
