// The frame of an OCI sandbox: bubblewrap, which puts the root together, dies with the platform with all that is in it, and starts crun as the sandbox's
// own unprivileged uid. Never by root: its crun gave the host's /dev/null to the sandbox's user (measured, 1.8: it hands its standard streams over).

import { IDENTITY, LIFE, networkNamespace, sandboxMounts, systemMounts } from '../bwrap/arguments.ts';
import type { SandboxView } from '../bwrap/arguments.ts';

/** All in a tmpfs of the frame: nothing of it lies on the host, nothing has to be removed. */
const BUNDLE = '/bundle';
export const ROOT_FOLDER = `${BUNDLE}/root`;
const STATE = '/run/crun';

export interface FrameView extends Omit<SandboxView, 'filterFd' | 'environment'> {
  /** Where bwrap reads config.json. */
  readonly configFd: number;
}

export function frameOptions(view: FrameView): readonly string[] {
  return [
    // The runtime makes the sandbox's own namespaces in these; its user namespace must still be possible, and the filter forbids the next.
    ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', ...networkNamespace(view), ...IDENTITY, ...LIFE],
    systemMounts(''),
    ['--proc', '/proc', '--dev-bind', '/dev/null', '/dev/null', '--dev-bind', '/dev/zero', '/dev/zero'],
    [
      '--dev-bind',
      '/dev/full',
      '/dev/full',
      '--dev-bind',
      '/dev/random',
      '/dev/random',
      '--dev-bind',
      '/dev/urandom',
      '/dev/urandom',
    ],
    // crun gives every container a /dev/tty; there is no terminal here.
    ['--dev-bind', '/dev/null', '/dev/tty'],
    // crun refuses hosts with both versions of control groups; its own are not used, and it sees none.
    ['--dir', '/sys/fs/cgroup', '--dir', STATE],
    sandboxMounts(view, ROOT_FOLDER),
    ['--dir', `${ROOT_FOLDER}/proc`, '--ro-bind-data', String(view.configFd), `${BUNDLE}/config.json`],
    ['--chdir', '/'],
  ].flat();
}

/** fd 3, the channel, goes through; nothing else does. */
export function crunCommand(crunPath: string): readonly string[] {
  return [crunPath, '--cgroup-manager', 'disabled', '--root', STATE, 'run', '--preserve-fds', '1', '--bundle', BUNDLE, 'sandbox'];
}
