// The runtimes that sandboxes serve, by Lambda's names, and the three ways in which they are run.

/**
 * `node`: the agent on a pinned Node. `python`: the agent on the system's Python. `custom`: the supervisor starts the function's own
 * `bootstrap` and serves it Lambda's Runtime API.
 */
export type RuntimeFamily = 'node' | 'python' | 'custom';

const FAMILIES = {
  'nodejs20.x': 'node',
  'nodejs22.x': 'node',
  'nodejs24.x': 'node',
  'python3.11': 'python',
  'python3.12': 'python',
  'python3.13': 'python',
  'python3.14': 'python',
  'provided.al2': 'custom',
  'provided.al2023': 'custom',
} as const satisfies Readonly<Record<string, RuntimeFamily>>;

export type RuntimeName = keyof typeof FAMILIES;

export type NodeRuntime = { [Name in RuntimeName]: (typeof FAMILIES)[Name] extends 'node' ? Name : never }[RuntimeName];

export const RUNTIME_NAMES = Object.keys(FAMILIES) as readonly RuntimeName[];

/** The platform's own last. */
export const NODE_RUNTIMES: readonly NodeRuntime[] = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x'];

export const PYTHON_RUNTIMES: readonly RuntimeName[] = RUNTIME_NAMES.filter((name) => FAMILIES[name] === 'python');

export function familyOf(runtime: RuntimeName): RuntimeFamily {
  return FAMILIES[runtime];
}
