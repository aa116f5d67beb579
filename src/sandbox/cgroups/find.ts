// Finds where this process may make control groups, and says why not where it may not.

import { createHash } from 'node:crypto';
import { constants, existsSync, readFileSync } from 'node:fs';
import { access, chown, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';

import type { Clock } from '#kernel';
import type { CgroupTree } from './cgroup.ts';
import { processesIn } from './control-file.ts';
import { CgroupTreeV1, distinctFolders, V1_CONTROLLERS } from './v1.ts';
import type { V1Folders } from './v1.ts';
import { CgroupTreeV2, V2_CONTROLLERS } from './v2.ts';

/** Where the platform's subtree shall be, as plain data: whoever may make it need not be whoever uses it. */
export type CgroupPlace =
  | { readonly version: 1; readonly folders: V1Folders }
  | { readonly version: 2; readonly parent: string; readonly folder: string };

export type CgroupFinding =
  | { readonly kind: 'found'; readonly place: CgroupPlace }
  | { readonly kind: 'none'; readonly reason: string };

/** `name` is the platform's own subtree. Nothing stays changed. */
export async function findCgroups({ name }: { readonly name: string }): Promise<CgroupFinding> {
  const mounts = readMounts();
  const v2 = mounts.find((mount) => mount.type === 'cgroup2');
  const missing = V1_CONTROLLERS.filter((controller) => !mounts.some((mount) => mount.controllers.includes(controller)));
  if (missing.length === 0) return findV1({ name, mounts });
  if (v2 === undefined) return { kind: 'none', reason: `no cgroup filesystem with ${missing.join(', ')} is mounted` };
  return findV2({ name, mount: v2 });
}

/** What the subtree of a platform is called, by its work folder. */
export function groupsNameOf(workDir: string): string {
  return `mayfly-${createHash('sha256').update(workDir).digest('hex').slice(0, 12)}`;
}

/** Makes the subtree, empty. An owner may then make, limit, freeze and kill groups in it; moving foreign processes in stays root's. */
export async function makeTree(place: CgroupPlace, owner?: { readonly uid: number; readonly gid: number }): Promise<void> {
  if (place.version === 2) await handDown(place.parent, place.folder);
  for (const folder of foldersAt(place)) {
    await mkdir(folder, { recursive: true });
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  }
}

/** The roots of the subtree, the one that can thaw first: for the sweep of a later platform. */
export function foldersAt(place: CgroupPlace): readonly string[] {
  return place.version === 1 ? distinctFolders(place.folders) : [place.folder];
}

export function treeAt(place: CgroupPlace, clock: Clock): CgroupTree {
  return place.version === 1 ? new CgroupTreeV1(place.folders, clock) : new CgroupTreeV2(place.folder, clock);
}

interface Mount {
  readonly type: 'cgroup' | 'cgroup2';
  readonly point: string;
  /** What part of the hierarchy is mounted there: not `/` in containers. */
  readonly root: string;
  readonly controllers: readonly string[];
}

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
function readMounts(): readonly Mount[] {
  if (!existsSync('/proc/self/mountinfo')) return [];
  const mounts: Mount[] = [];
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [left, right] = line.split(' - ');
    const [type, , options] = right?.split(' ') ?? [];
    const [, , , root, point] = left?.split(' ') ?? [];
    if (root === undefined || point === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    mounts.push({ type, root, point, controllers: type === 'cgroup' ? (options ?? '').split(',') : [] });
  }
  return mounts;
}

/** The group that this process is in, as a path below the mount; `controller` is empty for version 2. */
function ownFolder(mount: Mount, controller: string): string {
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined || !(controller === '' ? controllers === '' : controllers.split(',').includes(controller)))
      continue;
    const full = path.join(':');
    const below = mount.root !== '/' && full.startsWith(mount.root) ? full.slice(mount.root.length) : full;
    return `${mount.point}${below === '/' ? '' : below}`;
  }
  return mount.point;
}

async function findV1({ name, mounts }: { readonly name: string; readonly mounts: readonly Mount[] }): Promise<CgroupFinding> {
  const folderFor = (controller: string): string | undefined => {
    const mount = mounts.find((candidate) => candidate.controllers.includes(controller));
    return mount === undefined ? undefined : `${ownFolder(mount, controller)}/${name}`;
  };
  const unifiedMount = mounts.find((mount) => mount.type === 'cgroup2');
  const unified = unifiedMount === undefined ? undefined : `${ownFolder(unifiedMount, '')}/${name}`;
  const folders: V1Folders = {
    memory: folderFor('memory') ?? '',
    pids: folderFor('pids') ?? '',
    cpu: folderFor('cpu') ?? '',
    cpuacct: folderFor('cpuacct') ?? '',
    unified,
    freezer: unified === undefined ? folderFor('freezer') : undefined,
  };
  const paths = Object.values(folders).filter((folder) => typeof folder === 'string' && folder !== '');
  for (const folder of paths) {
    const refusal = await tryFolder(folder);
    if (refusal !== undefined) return { kind: 'none', reason: `version 1 groups cannot be made: ${refusal}` };
  }
  if (unified === undefined && folders.freezer === undefined)
    return { kind: 'none', reason: 'neither a freezer nor a version 2 hierarchy is mounted' };
  return { kind: 'found', place: { version: 1, folders } };
}

async function findV2({ name, mount }: { readonly name: string; readonly mount: Mount }): Promise<CgroupFinding> {
  const own = ownFolder(mount, '');
  const candidates = (await holdsOnlyThisFamily(own)) ? [own] : [];
  // As container engines without systemd do it: beside the slices, where only root may.
  if (process.geteuid?.() === 0 && own !== mount.point) candidates.push(mount.point);
  let reason = `${own} also holds processes that are not the platform's; run it under a unit with Delegate=yes`;
  for (const parent of candidates) {
    const lacking = await lackingControllers(parent);
    if (lacking.length > 0)
      reason = `${parent} was not given the controllers ${lacking.join(', ')}; run the platform under a unit with Delegate=yes`;
    else {
      const refusal = await tryFolder(`${parent}/${name}`);
      if (refusal !== undefined) reason = `version 2 groups cannot be made: ${refusal}`;
      else return { kind: 'found', place: { version: 2, parent, folder: `${parent}/${name}` } };
    }
  }
  return { kind: 'none', reason };
}

async function lackingControllers(folder: string): Promise<readonly string[]> {
  const offered = (await readFile(`${folder}/cgroup.controllers`, 'latin1')).trim().split(' ');
  return V2_CONTROLLERS.filter((controller) => !offered.includes(controller));
}

/** The platform's processes go to a leaf, then the controllers go down to the children. */
async function handDown(parent: string, tree: string): Promise<void> {
  const enable = V2_CONTROLLERS.map((controller) => `+${controller}`).join(' ');
  const isRealRoot = !existsSync(`${parent}/cgroup.type`);
  const enabled = (await readFile(`${parent}/cgroup.subtree_control`, 'latin1')).trim().split(' ');
  if (!V2_CONTROLLERS.every((controller) => enabled.includes(controller))) {
    if (!isRealRoot) {
      await mkdir(`${parent}/supervisor`, { recursive: true });
      for (const pid of await processesIn(parent)) await writeFile(`${parent}/supervisor/cgroup.procs`, String(pid));
    }
    await writeFile(`${parent}/cgroup.subtree_control`, enable);
  }
  await mkdir(tree, { recursive: true });
  await writeFile(`${tree}/cgroup.subtree_control`, enable);
}

/** This process, those that started it, and those that it started: `npm start` and its shell belong to the platform. */
async function holdsOnlyThisFamily(folder: string): Promise<boolean> {
  const family = new Set<number>();
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 0; pid = parentOf(pid)) family.add(pid);
  return (await processesIn(folder)).every((pid) => family.has(pid) || parentOf(pid) === process.pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended in the meantime: nobody's parent any more.
    return undefined;
  }
}

/** Making and removing a folder is the only honest test; one that is there already is ours from before. */
async function tryFolder(folder: string): Promise<string | undefined> {
  try {
    if (existsSync(folder)) await access(folder, constants.W_OK);
    else {
      await mkdir(folder);
      await rmdir(folder);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
