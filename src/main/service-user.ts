// Whose rights the process has that parses requests. Started as root it gives them away for good, once what needs them has been handed to the
// launcher process; where that cannot be, it stays root and says why.

import { closeSync, lchownSync, lstatSync, openSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { asUser, SERVICE_UID } from '#sandbox';
import type { IsolationReport } from '#sandbox';

export type ServiceUser =
  | { readonly kind: 'ordinary'; readonly uid: number }
  /** Has these rights from `giveRightsAway` on. */
  | { readonly kind: 'service'; readonly uid: number }
  | { readonly kind: 'root'; readonly reason: string };

export interface ServiceUserOptions {
  /** `auto`, `root` or a number; undefined: whoever starts the platform inside of a process of its own, which keeps its user. */
  readonly asked: string | undefined;
  readonly level: string;
  readonly limits: IsolationReport['limits'];
  readonly projectRoot: string;
  readonly dataFolder: string;
  /** What the process goes on reading after its start, besides its own program. */
  readonly reads: readonly string[];
}

/** Rejects a user that was named and cannot be had; `auto` stays root instead. */
export function chooseServiceUser(options: ServiceUserOptions): ServiceUser {
  const own = process.geteuid?.() ?? 0;
  const { asked } = options;
  const named = namedUid(asked);
  if (own !== 0) {
    if (named !== undefined && named !== own)
      throw new Error(`Only root can run the platform as uid ${named}; this is uid ${own}.`);
    return { kind: 'ordinary', uid: own };
  }
  if (asked === undefined || asked === 'root') return { kind: 'root', reason: 'it was asked to stay root' };
  const uid = named ?? SERVICE_UID;
  const reason = obstacle(uid, options);
  if (reason === undefined) return { kind: 'service', uid };
  if (named !== undefined) throw new Error(`The platform cannot run as uid ${uid}: ${reason}.`);
  return { kind: 'root', reason };
}

/** Whom root gives its rights to, where it gives them away. */
export function serviceUidOf(asked: string | undefined): number {
  return namedUid(asked) ?? SERVICE_UID;
}

function namedUid(text: string | undefined): number | undefined {
  if (text === undefined || text === 'auto' || text === 'root') return undefined;
  const uid = Number(text);
  if (/^\d{1,9}$/.test(text) && uid > 0) return uid;
  throw new Error(`The user "${text}" is neither auto, nor root, nor the number of a user (MAYFLY_USER, --user).`);
}

/** https://docs.kernel.org/admin-guide/cgroup-v2.html: cgroup.kill came with Linux 5.14; without it only root can kill what sandboxes run. */
const LEAST_KERNEL = [5, 14] as const;

function obstacle(uid: number, { level, limits, projectRoot, dataFolder, reads }: ServiceUserOptions): string | undefined {
  if (level === 'process') return 'the level process has no launcher process, so functions run as the platform itself';
  if (limits === 'rlimits and a watchdog') return 'without control groups only root can stop and kill what sandboxes run';
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < LEAST_KERNEL[0] || (major === LEAST_KERNEL[0] && minor < LEAST_KERNEL[1]))
    return `Linux ${major}.${minor} has no cgroup.kill, without which only root can kill what sandboxes run`;
  const program = ['package.json', 'src', 'runtimes'].map((name) => join(projectRoot, name));
  const modules = createRequire(join(projectRoot, 'package.json')).resolve('yauzl');
  const closed = asUser(uid, () => [...program, modules, ...reads].find((path) => !isReadable(path)));
  if (closed !== undefined) return `${closed} is closed to uid ${uid}; install it, or run from, where others may read`;
  const above = dirname(dataFolder);
  if (!asUser(uid, () => isPassable(above)))
    return `${above}, where the data folder lies, is closed to uid ${uid}; choose another with --data`;
  return undefined;
}

/** Asked of the kernel, which knows of access lists and mounts too. What is not there is not closed: whoever needs it says so. */
const isReadable = (path: string): boolean => isOpen(() => closeSync(openSync(path, 'r')));
const isPassable = (folder: string): boolean => isOpen(() => void statSync(`${folder}/.`));

function isOpen(look: () => void): boolean {
  try {
    look();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return false;
    if (code === 'ENOENT') return true;
    throw error;
  }
}

/**
 * Makes the data folder that user's. One that root made before is handed over with all that is in it, the folder itself last: a hand-over that was
 * cut off is done again. Where root stays, it takes the folder itself back, so that what it makes meanwhile is handed over next time.
 */
export function handOver(folder: string, user: ServiceUser): void {
  if (user.kind === 'ordinary') return;
  const uid = user.kind === 'service' ? user.uid : 0;
  if (lstatSync(folder).uid === uid) return;
  if (user.kind === 'service') handOverContents(folder, uid);
  lchownSync(folder, uid, uid);
}

/** Links are handed over, and not followed. */
function handOverContents(folder: string, uid: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) handOverContents(path, uid);
    lchownSync(path, uid, uid);
  }
}

/** For good: with the last of the user ids go all capabilities. */
export function giveRightsAway(uid: number): void {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== uid || canBeRoot())
    throw new Error(`Root's rights could not be given away to uid ${uid}.`);
}

function canBeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/** One sentence for the banner and the doctor. */
export function describeRights(user: ServiceUser, launcherPid: number | undefined): string {
  switch (user.kind) {
    case 'ordinary':
      return `requests are parsed, and sandboxes started, as uid ${user.uid} without capabilities`;
    case 'service':
      return `requests are parsed as uid ${user.uid} without capabilities; sandboxes are started by process ${launcherPid ?? 'none'}`;
    case 'root':
      return `requests are parsed as root: ${user.reason}`;
    default:
      return user satisfies never;
  }
}
