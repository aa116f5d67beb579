// The config.json of a sandbox for an OCI runtime. Its root is put together beforehand, so that it is the same as at the level `bwrap`.
// https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md

import { LIMITS } from '#kernel';
import { HIDDEN_PROC_FILES, HOST_NAME } from '../bwrap/arguments.ts';
import { SANDBOX_GID, SANDBOX_UID } from '../slots/image.ts';

export interface OciSandbox {
  /** In the runtime's own view. */
  readonly rootFolder: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The system-call filter, as seccomp(2) reads it. */
  readonly filter: Uint8Array;
}

/**
 * A runtime's own process is the first in its pid namespace, where orphans would stay zombies and a signal without a handler does nothing: this shell
 * waits for whoever ends, and passes the runtime's exit on, 128 and the number of a signal included.
 */
const INIT = ['/bin/sh', '-c', '"$@" & wait $!', 'init'];
const RLIMITS: Readonly<Record<string, number>> = {
  // Not 0: the kernel ignores that for `|program` handlers and honours 1.
  RLIMIT_CORE: 1,
  RLIMIT_NOFILE: LIMITS.sandboxOpenFiles,
  RLIMIT_NPROC: LIMITS.sandboxProcesses,
  RLIMIT_MEMLOCK: 65_536,
  RLIMIT_MSGQUEUE: 0,
};
const READ_ONLY_PROC = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
/**
 * Not `subset=pid` as well, which would leave out /proc/meminfo and /proc/cpuinfo: functions read them, and os.cpus() is empty without (measured with crun
 * 1.8). `hidepid` would hide nothing: all processes inside are one user's.
 */
const PROC_OPTIONS = ['nosuid', 'nodev', 'noexec', 'ro'];

export function ociConfig({ rootFolder, command, environment, filter }: OciSandbox): object {
  return {
    ociVersion: '1.0.2',
    hostname: HOST_NAME,
    root: { path: rootFolder, readonly: true },
    process: {
      terminal: false,
      user: { uid: SANDBOX_UID, gid: SANDBOX_GID },
      cwd: '/var',
      args: [...INIT, ...command],
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
      rlimits: Object.entries(RLIMITS).map(([type, value]) => ({ type, hard: value, soft: value })),
    },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc', options: PROC_OPTIONS }],
    linux: {
      // The network is the frame's.
      namespaces: ['user', 'pid', 'mount', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
      // Nobody else: a uid 0 inside would own what the kernel gives to the root of a namespace.
      uidMappings: [{ containerID: SANDBOX_UID, hostID: SANDBOX_UID, size: 1 }],
      gidMappings: [{ containerID: SANDBOX_GID, hostID: SANDBOX_GID, size: 1 }],
      maskedPaths: [...HIDDEN_PROC_FILES, '/proc/kcore', '/proc/acpi', '/proc/scsi'],
      readonlyPaths: READ_ONLY_PROC,
    },
    // The very filter of the level `bwrap`: its rules on arguments (two ioctls, low 32 bits) have no form by names. The self-test sees whether it is on.
    annotations: { 'run.oci.seccomp_bpf_data': Buffer.from(filter).toString('base64') },
  };
}
