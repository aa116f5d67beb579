// Which sandbox is to be started, in numbers and names out of closed lists, and what bwrap is told for it. Where the platform has a launcher process,
// a plan is all that goes over to it.

import { join } from 'node:path';

import type { NetworkMode } from '#kernel';
import { LaunchFailed } from '../launch-failed.ts';
import { baseEnvironment, SANDBOX_PATHS } from '../function-environment.ts';
import { ociConfig } from '../oci/oci-config.ts';
import { crunCommand, frameOptions, ROOT_FOLDER } from '../oci/oci-frame.ts';
import type { FrameView } from '../oci/oci-frame.ts';
import { familyOf } from '../runtimes/runtime-names.ts';
import type { NodeRuntime, RuntimeName } from '../runtimes/runtime-names.ts';
import { isSupervised, runtimeCommand } from '../runtimes/start-command.ts';
import type { Image } from '../slots/image.ts';
import { bwrapOptions, encodeOptions, SANDBOX_LIMITS } from './arguments.ts';

export interface SandboxPlan {
  /** 16 hexadecimal digits: the name of its slot and its groups. */
  readonly id: string;
  /** Which of the host's uids it has, counted from the first of the range. */
  readonly lot: number;
  readonly runtime: RuntimeName;
  /** The folder below `runtimes/` where that was not installed with the platform: `node-20.20.2`. */
  readonly fetchedNode: string | undefined;
  /** `3.11` for /usr/bin/python3.11; undefined for /usr/bin/python3. */
  readonly pythonVersion: string | undefined;
  readonly supervised: boolean;
  readonly network: NetworkMode;
  readonly ephemeralMiB: number;
  readonly startEnvironment: Readonly<Record<string, string>>;
}

/** What is the same for all sandboxes of a platform. */
export interface SandboxFolders {
  readonly image: Image;
  /** Where runtimes lie that were fetched later. */
  readonly runtimes: string;
}

export const OPTIONS_FD = 5;
/** The one where bwrap is the sandbox itself, the other where it is the frame of crun's. */
export const FILTER_FD = 4;
export const CONFIG_FD = 4;

/** bwrap's own arguments. They can be read inside, so there is nothing of the platform in them. */
export function planArguments(plan: SandboxPlan, crunPath: string | undefined): readonly string[] {
  const command = crunPath === undefined ? [...SANDBOX_LIMITS, ...planCommand(plan)] : crunCommand(crunPath);
  return ['--args', String(OPTIONS_FD), '--', ...command];
}

function planCommand({ runtime, supervised, pythonVersion }: SandboxPlan): readonly string[] {
  return runtimeCommand({
    family: familyOf(runtime),
    isSupervised: isSupervised({ runtime, supervised }),
    pythonPath: `/usr/bin/python${pythonVersion ?? '3'}`,
    paths: SANDBOX_PATHS,
  });
}

/** Its options, for the pipe. */
export function planOptions(plan: SandboxPlan, slotFolder: string, folders: SandboxFolders): string {
  const view = viewOf(plan, slotFolder, folders);
  return encodeOptions(bwrapOptions({ ...view, environment: planEnvironment(plan), filterFd: FILTER_FD }));
}

/** The same where bwrap is the frame of a sandbox that crun makes, and what crun is told through bwrap. */
export function planFrame(
  plan: SandboxPlan,
  slotFolder: string,
  folders: SandboxFolders,
  filter: Uint8Array,
): { readonly options: string; readonly config: string } {
  const options = encodeOptions(frameOptions({ ...viewOf(plan, slotFolder, folders), configFd: CONFIG_FD }));
  const sandbox = { rootFolder: ROOT_FOLDER, command: planCommand(plan), environment: planEnvironment(plan), filter };
  return { options, config: JSON.stringify(ociConfig(sandbox)) };
}

function viewOf(plan: SandboxPlan, slotFolder: string, { image, runtimes }: SandboxFolders): Omit<FrameView, 'configFd'> {
  return {
    slotFolder,
    runtimeFolder: image.runtimeFolder,
    langFolder: plan.fetchedNode === undefined ? installedNode(plan, image) : join(runtimes, plan.fetchedNode),
    etcFolder: image.etcFolder,
    network: plan.network,
    ephemeralMiB: plan.ephemeralMiB,
  };
}

function planEnvironment({ runtime, startEnvironment }: SandboxPlan): Readonly<Record<string, string>> {
  return { ...baseEnvironment(runtime, SANDBOX_PATHS), ...startEnvironment };
}

function installedNode({ runtime }: SandboxPlan, { langFolders }: Image): string {
  const folder = familyOf(runtime) === 'node' ? langFolders[runtime] : langFolders[SUPERVISOR_RUNTIME];
  if (folder === undefined) throw new LaunchFailed(`The runtime ${runtime} was not installed with the platform`);
  return folder;
}

const SUPERVISOR_RUNTIME: NodeRuntime = 'nodejs24.x';
