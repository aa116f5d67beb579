// Gives root's rights away before anything of a request is read, in the one order that works: what needs them first, then the end of them.

import { once } from 'node:events';
import type { Server } from 'node:net';
import type { Clock, Log, Random } from '#kernel';
import { openPrivileged, ownFolderOf } from '#sandbox';
import type { Privileged } from '#sandbox';
import type { DataFolder } from './data-folder.ts';
import type { ChosenIsolation } from './isolation.ts';
import { takeLowPort } from './low-port.ts';
import { chooseServiceUser, describeRights, giveRightsAway, handOver } from './service-user.ts';
import type { PlatformOptions } from './settings.ts';

export interface RightsOptions extends Pick<PlatformOptions, 'host' | 'port' | 'user' | 'reads' | 'environment'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly isolation: ChosenIsolation;
  readonly folder: DataFolder;
  readonly projectRoot: string;
}

export interface Rights {
  readonly areRoots: boolean;
  /** One sentence. */
  readonly promise: string;
  /** The launcher process, where this process has no rights to start sandboxes any more. */
  readonly privileged: Privileged | undefined;
  /** Listens already, where only root may listen on that port. */
  readonly lowPort: Server | undefined;
  /** The operator's, for programs that this process starts. */
  readonly environment: NodeJS.ProcessEnv;
  readonly lost: Promise<string>;
  close(): Promise<void>;
}

export async function settleRights(options: RightsOptions): Promise<Rights> {
  const { isolation, folder, projectRoot, reads = [], environment } = options;
  const { level, report } = isolation;
  const dataFolder = folder.path;
  const user = chooseServiceUser({ asked: options.user, level, limits: report.limits, projectRoot, dataFolder, reads });
  handOver(dataFolder, user);
  if (user.kind !== 'service' || level === 'process')
    return keptRights(describeRights(user, undefined), user.kind === 'root', environment);

  const privileged = await openPrivileged({ ...options, level, workDir: folder.work, owner: user.uid });
  const { process: launcher } = privileged;
  let lowPort: Server | undefined;
  try {
    lowPort = await takeLowPort(options.host, options.port);
    giveRightsAway(user.uid);
  } catch (error) {
    await launcher.close();
    throw error;
  }
  return {
    areRoots: false,
    promise: describeRights(user, launcher.pid),
    privileged,
    lowPort,
    // Root's home is closed to it.
    environment: { ...environment, HOME: ownFolderOf(folder.work) },
    lost: launcher.lost.then(() => 'The process that starts sandboxes has ended, so the platform cannot go on. Start it again.'),
    async close() {
      await launcher.close();
      if (lowPort?.listening !== true) return;
      lowPort.close();
      await once(lowPort, 'close');
    },
  };
}

function keptRights(promise: string, areRoots: boolean, environment: NodeJS.ProcessEnv): Rights {
  // A launcher process that root starts for itself is told of in the log.
  const never = new Promise<string>(() => {});
  return { areRoots, promise, privileged: undefined, lowPort: undefined, environment, lost: never, close: () => Promise.resolve() };
}
