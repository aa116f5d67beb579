// Which networks can be enforced on this machine, found out by making one; and why not the internet where it cannot.

import { execFile } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Clock } from '#kernel';
import { findProgram } from '../find-program.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { hasCode } from '../slots/link-tree.ts';
import type { NetworkTools } from './keeper-arguments.ts';
import { PrivateNetwork } from './private-network.ts';

export type NetworkFinding =
  | { readonly kind: 'found'; readonly tools: NetworkTools }
  /** A sentence, with what to do. */
  | { readonly kind: 'none'; readonly reason: string };

export interface FindNetworkOptions {
  readonly clock: Clock;
  readonly bwrapPath: string;
  /** An empty folder may be made in it, which other users can pass. */
  readonly workDir: string;
  /** Whom to try it as; undefined where the platform is no root. */
  readonly hostUid: number | undefined;
}

const PROGRAMS = {
  nft: 'nftables',
  slirp4netns: 'slirp4netns',
  unshare: 'util-linux',
  nsenter: 'util-linux',
} as const;

/** Makes a network as a sandbox would have it, has its rules read back, and ends it. No packet leaves. */
export async function findNetwork(options: FindNetworkOptions): Promise<NetworkFinding> {
  const paths = new Map<string, string>();
  for (const [program, packageName] of Object.entries(PROGRAMS)) {
    const path = await findProgram(program);
    if (path === undefined)
      return { kind: 'none', reason: `${program} is not installed (Debian and Ubuntu: apt-get install ${packageName})` };
    paths.set(program, path);
  }
  const pathOf = (program: keyof typeof PROGRAMS): string => paths.get(program) ?? program;
  try {
    const tools: NetworkTools = {
      bwrap: options.bwrapPath,
      nft: pathOf('nft'),
      slirp4netns: pathOf('slirp4netns'),
      unshare: pathOf('unshare'),
      nsenter: pathOf('nsenter'),
      tunDevice: await tunDevice(options),
      resolverFile: resolverFile(),
    };
    const { clock, hostUid } = options;
    const network = await PrivateNetwork.open({ clock, tools, hostUid, join: () => Promise.resolve() });
    await network.close();
    return { kind: 'found', tools };
  } catch (error) {
    if (!(error instanceof LaunchFailed)) throw error;
    return { kind: 'none', reason: error.message };
  }
}

const TUN = '/dev/net/tun';
/** Major 10, minor 200. */
const TUN_NUMBER = (10 << 8) | 200;
const OTHERS_READ_WRITE = 0o006;
const run = promisify(execFile);

/**
 * Distributions let everybody open it, since what it gives is worth nothing without a namespace of one's own. Where nobody told the kernel so (a machine
 * without udev), root makes a node of its own for its sandboxes and leaves the machine's as it is. https://docs.kernel.org/networking/tuntap.html
 */
async function tunDevice({ workDir, hostUid }: FindNetworkOptions): Promise<string> {
  let mode: number;
  try {
    ({ mode } = statSync(TUN));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new LaunchFailed(`There is no ${TUN}; load the kernel module tun`, { cause: error });
  }
  if ((mode & OTHERS_READ_WRITE) === OTHERS_READ_WRITE) return TUN;
  if (hostUid === undefined) throw new LaunchFailed(`${TUN} is not open to this user; chmod 0666 ${TUN}, as udev does`);
  // Below a work folder that is root's; another platform in it may be using the node.
  const folder = join(workDir, 'network');
  const node = join(folder, 'tun');
  if (isTun(node)) return node;
  const draft = `${node}.draft`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o711 });
    await chmod(folder, 0o711);
    await rm(draft, { force: true });
    await run('/usr/bin/mknod', [draft, 'c', '10', '200']);
    await chmod(draft, 0o666);
    await rename(draft, node);
  } catch (cause) {
    throw new LaunchFailed(`${TUN} is open to root alone, and no other could be made: ${String(cause)}`, { cause });
  }
  return node;
}

/** Character device 10:200, open to everybody. */
function isTun(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isCharacterDevice() === true && found.rdev === TUN_NUMBER && (found.mode & OTHERS_READ_WRITE) === OTHERS_READ_WRITE;
}

/** systemd's and others' are links to where bubblewrap has to look. */
function resolverFile(): string | undefined {
  try {
    return realpathSync('/etc/resolv.conf');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
