// What this machine offers a platform: each check looks, changes nothing, and says what to do about what it does not like.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { listenError } from '../serve/free-port.ts';
import { bytes } from '../terminal/amounts.ts';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly mend?: string;
}

export function checkNode(): Check {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const detail = `${process.versions.node}, ${process.platform} ${process.arch} (${process.execPath})`;
  return { name: 'Node', state: major >= 24 ? 'ok' : 'failed', detail };
}

export function checkBubblewrap(): Check {
  const name = 'bubblewrap';
  if (process.platform !== 'linux')
    return { name, state: 'warning', detail: 'exists on Linux only: functions run at the level "process"' };
  const version = spawnSync('bwrap', ['--version'], { encoding: 'utf8' });
  if (version.error !== undefined) {
    return { name, state: 'warning', detail: 'is not installed: functions cannot be isolated', mend: 'apt-get install bubblewrap' };
  }
  // Never as root: bwrap started by uid 0 would keep root's identity on the host.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const args = [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--disable-userns',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--',
    'true',
  ];
  const trial = spawnSync('bwrap', args, { encoding: 'utf8', env: {}, cwd: '/', timeout: 10_000, ...identity });
  const detail = version.stdout.trim();
  if (trial.status === 0) return { name, state: 'ok', detail: `${detail}, makes sandboxes` };
  return {
    name,
    state: 'failed',
    detail: `${detail} cannot make a sandbox: ${trial.stderr.trim().split('\n').at(-1) ?? ''}`,
    mend: 'See user namespaces below.',
  };
}

export function checkUserNamespaces(): Check {
  const name = 'user namespaces';
  if (process.platform !== 'linux') return { name, state: 'warning', detail: 'exist on Linux only' };
  const most = readNumber('/proc/sys/user/max_user_namespaces');
  if (most === 0) return { name, state: 'failed', detail: 'are switched off', mend: 'sysctl user.max_user_namespaces=10000' };
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0) {
    return { name, state: 'failed', detail: 'are for root only', mend: 'sysctl kernel.unprivileged_userns_clone=1' };
  }
  if (readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1) {
    return {
      name,
      state: 'warning',
      detail: 'are restricted by AppArmor',
      mend: 'Give /usr/bin/bwrap an AppArmor profile with `userns,`.',
    };
  }
  return { name, state: 'ok', detail: most === undefined ? 'are there' : `up to ${most}` };
}

export function checkCgroups(): Check {
  const name = 'cgroups';
  if (process.platform !== 'linux') return { name, state: 'warning', detail: 'exist on Linux only: no limits on memory and CPU' };
  const own = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const memoryV1 = own.find((line) => line.split(':')[1]?.split(',').includes('memory') === true)?.split(':')[2];
  const folder = unified
    ? `/sys/fs/cgroup${own.find((line) => line.startsWith('0::'))?.slice(3) ?? ''}`
    : `/sys/fs/cgroup/memory${memoryV1 ?? ''}`;
  const version = unified ? 'v2' : 'v1';
  if (canWrite(folder)) return { name, state: 'ok', detail: `${version}, may be divided at ${folder}` };
  const detail = `${version}, but this user may not divide ${folder}: limits are coarse (rlimits and a watchdog)`;
  const mend = unified
    ? 'Run under systemd with Delegate=yes: systemd-run --user --scope -p Delegate=yes npx mayfly up'
    : 'Run as root to have exact limits.';
  return { name, state: 'warning', detail, mend };
}

export async function checkPort(host: string, port: number): Promise<Check> {
  const name = `port ${port}`;
  const error = await listenError(port, host);
  if (error === undefined) return { name, state: 'ok', detail: `free on ${host}` };
  const mend = 'Stop what serves there, or choose another: mayfly up --port 4567';
  return {
    name,
    state: 'warning',
    detail: error.code === 'EADDRINUSE' ? `taken on ${host}` : `cannot be used on ${host} (${error.code})`,
    mend,
  };
}

const DISK_BYTES_WANTED = 1024 ** 3;

export function checkDisk(dataFolder: string): Check {
  let folder = resolve(dataFolder);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const name = 'disk';
  if (!canWrite(folder))
    return { name, state: 'failed', detail: `${folder} cannot be written`, mend: 'Choose another data folder with --data.' };
  return { name, state: free >= DISK_BYTES_WANTED ? 'ok' : 'warning', detail: `${bytes(free)} free at ${folder}` };
}

/** Signatures are refused at more than 15 minutes of difference, as at AWS. */
const SKEW_MS_MAX = 15 * 60_000;

/** @param theirs The platform's Date header; undefined where none answers. */
export function checkClock(theirs: string | undefined): Check {
  const name = 'clock';
  const now = new Date();
  if (theirs === undefined) {
    const plausible = now.getUTCFullYear() >= 2026;
    return {
      name,
      state: plausible ? 'ok' : 'failed',
      detail: now.toISOString(),
      mend: plausible ? undefined : 'Set the clock of this machine.',
    };
  }
  const skewMs = Math.abs(now.getTime() - Date.parse(theirs));
  if (skewMs < SKEW_MS_MAX) return { name, state: 'ok', detail: `within ${Math.ceil((skewMs + 1) / 1000)} s of the platform's` };
  return {
    name,
    state: 'failed',
    detail: `${Math.round(skewMs / 1000)} s from the platform's: it refuses signatures`,
    mend: 'Set the clocks of both.',
  };
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readNumber(path: string): number | undefined {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined;
}
