// The program that is started in a sandbox: an agent on its interpreter, or the supervisor that starts what the function brings.

import type { Paths } from '../function-environment.ts';
import type { LaunchRequest } from '../sandbox.ts';
import { familyOf } from './runtime-names.ts';
import type { RuntimeFamily } from './runtime-names.ts';

/**
 * With V8's own 16 MiB the young generation alone may take 48 of a small function's 128, which is then killed for garbage (measured: a loop that
 * concatenates strings). V8 reads this once; what else a small function needs, the agent sets when it knows the size.
 */
const NODE_ARGUMENTS: readonly string[] = [
  '--max-semi-space-size=8',
  // For self-contained.cjs: the one public way to V8's own ES modules. It adds two classes to node:vm and changes nothing else.
  '--experimental-vm-modules',
];

/** The supervisor shares the function's memory, and allocates next to nothing: frames are buffers. */
const SUPERVISOR_ARGUMENTS: readonly string[] = ['--max-semi-space-size=1', '--max-old-space-size=64'];

/** Custom runtimes always have the supervisor; others where extensions or a wrapper script have to start with them. */
export function isSupervised({ runtime, supervised }: Pick<LaunchRequest, 'runtime' | 'supervised'>): boolean {
  return supervised === true || familyOf(runtime) === 'custom';
}

export interface StartCommandOptions {
  readonly family: RuntimeFamily;
  readonly isSupervised: boolean;
  readonly pythonPath: string | undefined;
  readonly paths: Paths;
}

export function runtimeCommand(options: StartCommandOptions): readonly string[] {
  const { isSupervised: supervised, paths } = options;
  const agent = agentCommand(options);
  if (!supervised) return agent;
  return [`${paths.lang}/bin/node`, ...SUPERVISOR_ARGUMENTS, `${paths.runtime}/custom/supervisor.cjs`, ...agent];
}

/** Empty for a custom runtime: its program is the function's own. */
function agentCommand({ family, pythonPath = '/usr/bin/python3', paths }: StartCommandOptions): readonly string[] {
  switch (family) {
    case 'node':
      return [`${paths.lang}/bin/node`, ...NODE_ARGUMENTS, `${paths.runtime}/node/agent.cjs`];
    case 'python':
      return [pythonPath, '-s', `${paths.runtime}/python/agent.py`];
    case 'custom':
      return [];
    default:
      return family satisfies never;
  }
}
