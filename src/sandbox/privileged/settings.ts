// The settings of a launcher process, which are its first line, and what both sides must agree on.

import type { NetworkTools } from '../network/keeper-arguments.ts';
import type { UidRange } from '../bwrap/host-uids.ts';
import type { SandboxFolders } from '../bwrap/sandbox-plan.ts';
import type { Machine } from '../bwrap/seccomp/filter.ts';

export interface LauncherSettings {
  /** Root's, and all folders above it: nobody else can put a link in the place of what is made in it. */
  readonly workDir: string;
  readonly bwrapPath: string;
  /** For the level `oci`. */
  readonly crunPath: string | undefined;
  readonly networkTools: NetworkTools | undefined;
  readonly machine: Machine;
  readonly folders: SandboxFolders;
  readonly uidRange: UidRange;
  /** The uid and gid that the platform has, or will have. */
  readonly owner: number;
  readonly groupsName: string;
}

export const CHANNEL_FD = 3;
/** Below the work folder. */
export const LAUNCHER_SOCKET = 'launcher.sock';
