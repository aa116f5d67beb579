// The options of bubblewrap for one sandbox. They travel through a pipe (`--args`), never through bwrap's own argv or environment, which
// the first process inside would show to the function as /proc/1/cmdline and /proc/1/environ.

import { existsSync, lstatSync, readlinkSync } from 'node:fs';

import { LIMITS } from '#kernel';
import type { NetworkMode } from '#kernel';
import { INTERNET_RESOLVER, SANDBOX_GID, SANDBOX_UID } from '../slots/image.ts';

export interface SandboxView {
  /** Becomes /var. */
  readonly slotFolder: string;
  /** Becomes /var/runtime. */
  readonly runtimeFolder: string;
  /** Becomes /var/lang. */
  readonly langFolder: string;
  readonly etcFolder: string;
  readonly network: NetworkMode;
  readonly ephemeralMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly filterFd: number;
}

/** Programs and libraries of the host, for child processes and native addons; nothing that an operator installs by hand (/usr/local, /opt, /home). */
const SYSTEM_FOLDERS = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib',
  '/usr/lib64',
  '/usr/lib32',
  '/usr/libexec',
  '/usr/share/zoneinfo',
  '/usr/share/fonts',
  '/usr/share/mime',
];
/** Links into /usr on most systems, folders of their own on a few. */
const ROOT_FOLDERS = ['/bin', '/sbin', '/lib', '/lib64', '/lib32'];
/**
 * Not bwrap's own `--dev`: its pseudo-terminals need uid 0 in the outer of the two user namespaces, and the inner one's map would then tell of a
 * uid 0. Lambda has no terminals either.
 */
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];
const DEVICE_LINKS = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
] as const;
/** Where npm puts global packages on some systems: the platform itself may be one of them. */
const HIDDEN_FOLDERS = ['/usr/lib/node_modules'];
/** What /proc tells of the whole machine and functions do not need. */
export const HIDDEN_PROC_FILES = [
  '/proc/cmdline',
  '/proc/keys',
  '/proc/key-users',
  '/proc/kallsyms',
  '/proc/timer_list',
  '/proc/latency_stats',
];

export function bwrapOptions(view: SandboxView): readonly string[] {
  return [
    ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup', '--disable-userns'],
    networkNamespace(view),
    ['--hostname', HOST_NAME, ...IDENTITY, ...LIFE],
    sandboxMounts(view, ''),
    ['--proc', '/proc'],
    present(HIDDEN_PROC_FILES, (path) => ['--ro-bind', '/dev/null', path]),
    // Read-only last: bwrap's own protection of /proc/sys fails where its real uid may write it, the root is an unlimited tmpfs.
    ['--remount-ro', '/proc', '--remount-ro', '/'],
    ['--chdir', '/var', '--seccomp', String(view.filterFd)],
    Object.entries(view.environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ].flat();
}

export const HOST_NAME = 'sandbox';
export const IDENTITY: readonly string[] = ['--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_GID)];
export const LIFE: readonly string[] = ['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'];

/** With the internet it is started inside of a network that was made before it. */
export function networkNamespace({ network }: Pick<SandboxView, 'network'>): readonly string[] {
  return network === 'internet' ? [] : ['--unshare-net'];
}

/** What a sandbox sees but /proc, below the folder that is to be its root. */
export function sandboxMounts(view: Omit<SandboxView, 'filterFd' | 'environment'>, root: string): readonly string[] {
  return [
    systemMounts(root),
    ['--ro-bind', view.etcFolder, `${root}/etc`],
    view.network === 'internet' ? ['--ro-bind', `${view.etcFolder}/${INTERNET_RESOLVER}`, `${root}/etc/resolv.conf`] : [],
    ['--ro-bind', view.slotFolder, `${root}/var`],
    ['--ro-bind', view.runtimeFolder, `${root}/var/runtime`, '--ro-bind', view.langFolder, `${root}/var/lang`],
    ['--symlink', '/var/opt', `${root}/opt`, '--symlink', '/var/runtime/node_modules', `${root}/node_modules`],
    ['--size', String(view.ephemeralMiB * 1024 * 1024), '--perms', '1777', '--tmpfs', `${root}/tmp`],
    ['--dir', `${root}/dev`, ...DEVICES.flatMap((path) => ['--dev-bind', path, `${root}${path}`])],
    DEVICE_LINKS.flatMap(([target, path]) => ['--symlink', target, `${root}${path}`]),
  ].flat();
}

/** Programs and libraries. */
export function systemMounts(root: string): readonly string[] {
  return [
    present(SYSTEM_FOLDERS, (path) => ['--ro-bind', path, `${root}${path}`]),
    present(HIDDEN_FOLDERS, (path) => ['--tmpfs', `${root}${path}`, '--remount-ro', `${root}${path}`]),
    present(ROOT_FOLDERS, (path) => rootFolder(path, root)),
  ].flat();
}

/** Distributions differ in which of them they have. */
function present(paths: readonly string[], options: (path: string) => readonly string[]): readonly string[] {
  return paths.flatMap((path) => (existsSync(path) ? options(path) : []));
}

function rootFolder(path: string, root: string): readonly string[] {
  const place = `${root}${path}`;
  return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), place] : ['--ro-bind', path, place];
}

/**
 * Comes before the runtime's command inside. The limits are set after the user namespace exists: RLIMIT_NPROC then counts the processes of this sandbox alone, also where
 * all sandboxes share the uid of an ordinary user. A core limit of 1 and not 0: the kernel ignores 0 for `|program` handlers and honours 1.
 */
export const SANDBOX_LIMITS: readonly string[] = [
  '/usr/bin/prlimit',
  '--core=1:1',
  `--nofile=${LIMITS.sandboxOpenFiles}:${LIMITS.sandboxOpenFiles}`,
  `--nproc=${LIMITS.sandboxProcesses}:${LIMITS.sandboxProcesses}`,
  '--memlock=65536:65536',
  '--msgqueue=0:0',
  '--',
];

/** NUL-separated, as `--args` reads them. A NUL inside a value would begin another option. */
export function encodeOptions(options: readonly string[]): string {
  for (const option of options) if (option.includes('\0')) throw new RangeError('An option of bwrap cannot hold a NUL character');
  return options.map((option) => `${option}\0`).join('');
}
