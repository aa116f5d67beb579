// Which isolation is possible on this machine, and why not more: for the banner at the start and for `mayfly doctor`.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { promisify } from 'node:util';

import { DEFAULT_UID_RANGE } from './bwrap/host-uids.ts';
import type { Machine } from './bwrap/seccomp/filter.ts';
import { findCgroups } from './cgroups/find.ts';
import { findProgram } from './find-program.ts';
import type { IsolationLevel } from './sandbox.ts';

export interface IsolationReport {
  /** The strongest level that works here without being asked for by name; undefined: strangers' code is refused. */
  readonly level: 'bwrap' | undefined;
  /** As root each sandbox has a host uid of its own. */
  readonly rootless: boolean;
  /** `control groups, version 1` … or the fallback. */
  readonly limits: 'cgroups v1' | 'cgroups v2' | 'rlimits and a watchdog';
  /** Sentences: what is missing and how to mend it, most important first. */
  readonly notes: readonly string[];
  /** One honest sentence on what the level protects from. */
  readonly promise: string;
}

/** The levels that isolate. */
export type WalledLevel = Exclude<IsolationLevel, 'process'>;

export interface Walls extends Bwrap {
  /** At the level `oci`. */
  readonly crunPath: string | undefined;
}

export type WallsFinding = ({ readonly kind: 'found' } & Walls) | { readonly kind: 'none'; readonly reason: string };

export interface Bwrap {
  readonly path: string;
  readonly machine: Machine;
}

export type BwrapFinding = ({ readonly kind: 'found' } & Bwrap) | { readonly kind: 'none'; readonly reason: string };

const run = promisify(execFile);

export async function detectIsolation(): Promise<IsolationReport> {
  const rootless = process.geteuid?.() !== 0;
  const bwrap = await findBwrap();
  if (bwrap.kind === 'none') {
    return {
      level: undefined,
      rootless,
      limits: 'rlimits and a watchdog',
      notes: [
        bwrap.reason,
        'Without bubblewrap, functions run only if you name the process level (--isolation process), which isolates nothing.',
      ],
      promise: 'none: no isolation is possible here',
    };
  }
  const cgroups = await findCgroups({ name: 'mayfly-probe' });
  const notes: string[] = [];
  if (cgroups.kind === 'none') notes.push(`Control groups cannot be used: ${cgroups.reason}.`);
  if (rootless) notes.push('Not root: all sandboxes have the uid of this user. Root gives each one a uid of its own.');
  const limits = cgroups.kind === 'none' ? 'rlimits and a watchdog' : cgroups.place.version === 1 ? 'cgroups v1' : 'cgroups v2';
  return {
    level: 'bwrap',
    rootless,
    limits,
    notes,
    promise: promiseOf('bwrap', { rootless, hasCgroups: cgroups.kind === 'found' }),
  };
}

/** The same walls, and another program that builds them: not another kernel. */
const WALLS: Readonly<Record<WalledLevel, string>> = {
  bwrap: 'Linux namespaces',
  oci: 'containers of crun, each in a frame of bubblewrap’s,',
};

/** What the level protects from, and what it does not. */
export function promiseOf(
  level: WalledLevel,
  { rootless, hasCgroups }: { readonly rootless: boolean; readonly hasCgroups: boolean },
): string {
  const identity = rootless ? 'under this user’s uid, shared by all of them' : 'under a host uid of its own each';
  const limits = hasCgroups
    ? 'with kernel limits on memory, processes and CPU'
    : 'with limits on processes and a memory watchdog, but no CPU limit and no exact metering';
  return `${level}: functions run in ${WALLS[level]} behind a system-call filter, ${identity}, ${limits}; they share the host’s kernel, so a bug in it is not kept out as a virtual machine would.`;
}

/** What a level is built with. Whether it holds, its self-test shows. */
export async function findWalls(level: WalledLevel): Promise<WallsFinding> {
  const bwrap = await findBwrap();
  if (bwrap.kind === 'none') return bwrap;
  if (level === 'bwrap') return { ...bwrap, crunPath: undefined };
  const crunPath = await findProgram('crun');
  if (crunPath !== undefined) return { ...bwrap, crunPath };
  return { kind: 'none', reason: 'crun is not installed (Debian and Ubuntu: apt-get install crun; Fedora: dnf install crun)' };
}

/** Looks for bubblewrap and tries whether it can make a sandbox here. */
export async function findBwrap(): Promise<BwrapFinding> {
  if (platform() !== 'linux') return { kind: 'none', reason: `bubblewrap needs Linux; this is ${platform()}` };
  const machine = arch();
  if (machine !== 'x64' && machine !== 'arm64')
    return { kind: 'none', reason: `there is no system-call filter for ${machine} yet` };
  const path = await findProgram('bwrap');
  if (path === undefined)
    return {
      kind: 'none',
      reason: 'bubblewrap is not installed (Debian and Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap)',
    };
  if (!existsSync('/usr/bin/prlimit')) return { kind: 'none', reason: '/usr/bin/prlimit of util-linux is not there' };
  const refusal = await tryBwrap(path);
  return refusal === undefined ? { kind: 'found', path, machine } : { kind: 'none', reason: refusal };
}

/** Never as root, not even for a try: with the first uid of the range, as a sandbox would have it. */
async function tryBwrap(path: string): Promise<string | undefined> {
  const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--disable-userns'];
  const identity = process.geteuid?.() === 0 ? { uid: DEFAULT_UID_RANGE.first, gid: DEFAULT_UID_RANGE.first } : {};
  try {
    await run(path, [...namespaces, '--ro-bind', '/', '/', '--proc', '/proc', '/usr/bin/true'], {
      ...identity,
      env: {},
      cwd: '/',
      timeout: 10_000,
    });
    return undefined;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    return `bubblewrap cannot make a sandbox here (${said}); ${remedyFor(said)}`;
  }
}

function remedyFor(said: string): string {
  if (said.includes('--disable-userns') || said.includes('Unknown option')) return 'version 0.8 or later is needed';
  if (/setting up uid map|No permissions to create new namespace|Operation not permitted/.test(said)) {
    return 'on Ubuntu 23.10 and later an AppArmor profile for bwrap has to allow user namespaces (kernel.apparmor_restrict_unprivileged_userns); elsewhere see user.max_user_namespaces';
  }
  if (said.includes('proc'))
    return 'inside a container the outer runtime has to leave /proc unmasked, or run Mayfly beside the container';
  return 'see SECURITY.md for what it needs';
}
