// sandbox: the cellar where strangers' code runs. Promise: nothing that runs here sees or touches anything but its own code, its own /tmp
// and the platform's endpoint; when it ends, nothing of it is left.

export { createLauncher } from './launcher.ts';
export type { LauncherOptions } from './launcher.ts';
export { detectIsolation } from './detect.ts';
export type { IsolationReport } from './detect.ts';
export { hasWrapper, startEnvironmentOf } from './function-environment.ts';
export { LaunchFailed } from './launch-failed.ts';
export { asUser, emptyFolder } from './privileged/as-user.ts';
export { openPrivileged } from './privileged/open-privileged.ts';
export type { Privileged } from './privileged/open-privileged.ts';
export { SERVICE_UID } from './bwrap/host-uids.ts';
export { ownFolderOf } from './work-dir.ts';
export type {
  Ending,
  FunctionConnection,
  InitOutcome,
  IsolationLevel,
  Launcher,
  LaunchRequest,
  Outcome,
  OutputLine,
  RuntimeName,
  RuntimeStatus,
  Sandbox,
  SandboxInvocation,
  SandboxUsage,
  Specialisation,
  StreamedResponse,
  SweepReport,
  TriedAttempt,
} from './sandbox.ts';
