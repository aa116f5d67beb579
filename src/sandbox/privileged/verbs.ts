// What the platform may ask of the launcher process: one line of text each, from a closed list. Nothing in it is a path, a program, an argument or a
// uid; those the launcher makes by itself from the numbers and names that are checked here.

import { isNetworkMode, LIMITS } from '#kernel';
import type { SandboxPlan } from '../bwrap/sandbox-plan.ts';
import { startEnvironmentOf } from '../function-environment.ts';
import { RUNTIME_NAMES } from '../runtimes/runtime-names.ts';
import type { RuntimeName } from '../runtimes/runtime-names.ts';

export type Verb =
  /** Once: clears what an earlier platform left, and makes the groups. */
  | { readonly kind: 'prepare' }
  /** Makes the folder in which the slots of one host uid lie. */
  | { readonly kind: 'lot'; readonly lot: number }
  /** Starts bwrap in its groups; it waits for its options. */
  | { readonly kind: 'launch'; readonly plan: SandboxPlan }
  /** The slot is there: bwrap gets its options. */
  | { readonly kind: 'begin'; readonly id: string }
  | { readonly kind: 'kill'; readonly id: string }
  /** Everything that runs is killed, the groups are removed, the process ends. The end of the channel means the same. */
  | { readonly kind: 'end' };

/** A whole environment of a function in base64, and some. */
export const LINE_BYTES_MAX = 16 * 1024;

const ID = /^[0-9a-f]{16}$/;
const NUMBER = /^(?:0|[1-9]\d{0,8})$/;
/** `-` for those that were installed with the platform. */
const FETCHED = /^(?:-|node-\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const PYTHON = /^(?:-|3\.\d{1,2})$/;
const VARIABLE_NAME = /^[A-Za-z_]\w{0,255}$/;

/** Undefined for whatever is not exactly one of them. */
export function parseVerb(line: string): Verb | undefined {
  if (line.length > LINE_BYTES_MAX) return undefined;
  const [word = '', ...fields] = line.split(' ');
  const [first = ''] = fields;
  switch (word) {
    case 'prepare':
    case 'end':
      return fields.length === 0 ? { kind: word } : undefined;
    case 'lot':
      return fields.length === 1 && NUMBER.test(first) ? { kind: word, lot: Number(first) } : undefined;
    case 'begin':
    case 'kill':
      return fields.length === 1 && ID.test(first) ? { kind: word, id: first } : undefined;
    case 'launch': {
      const plan = parsePlan(fields);
      return plan === undefined ? undefined : { kind: word, plan };
    }
    default:
      return undefined;
  }
}

export function formatVerb(verb: Verb): string {
  switch (verb.kind) {
    case 'prepare':
    case 'end':
      return verb.kind;
    case 'lot':
      return `lot ${verb.lot}`;
    case 'begin':
    case 'kill':
      return `${verb.kind} ${verb.id}`;
    case 'launch':
      return ['launch', ...planFields(verb.plan)].join(' ');
    default:
      return verb satisfies never;
  }
}

function planFields(plan: SandboxPlan): readonly string[] {
  const { id, lot, runtime, fetchedNode = '-', pythonVersion = '-', supervised, network, ephemeralMiB, startEnvironment } = plan;
  const variables = Object.entries(startEnvironment).map(([name, value]) => `${name}=${Buffer.from(value).toString('base64url')}`);
  return [
    id,
    String(lot),
    runtime,
    fetchedNode,
    pythonVersion,
    supervised ? '1' : '0',
    network,
    String(ephemeralMiB),
    ...variables,
  ];
}

function parsePlan(fields: readonly string[]): SandboxPlan | undefined {
  const [id = '', lot = '', runtime = '', node = '', python = '', supervised = '', network = '', ephemeral = '', ...rest] = fields;
  const startEnvironment = parseVariables(rest);
  if (!ID.test(id) || !NUMBER.test(lot) || !isRuntimeName(runtime) || !FETCHED.test(node) || !PYTHON.test(python)) return undefined;
  if (!/^[01]$/.test(supervised) || !isNetworkMode(network) || startEnvironment === undefined) return undefined;
  if (!NUMBER.test(ephemeral) || Number(ephemeral) < 1 || Number(ephemeral) > LIMITS.ephemeralMiBMax) return undefined;
  return {
    id,
    lot: Number(lot),
    runtime,
    fetchedNode: node === '-' ? undefined : node,
    pythonVersion: python === '-' ? undefined : python,
    supervised: supervised === '1',
    network,
    ephemeralMiB: Number(ephemeral),
    startEnvironment,
  };
}

function parseVariables(fields: readonly string[]): Readonly<Record<string, string>> | undefined {
  const variables = new Map<string, string>();
  for (const field of fields) {
    const [, name = '', value = ''] = /^([^=]+)=([\w-]*)$/.exec(field) ?? [];
    const text = Buffer.from(value, 'base64url').toString();
    if (!VARIABLE_NAME.test(name) || !isStartVariable(name) || variables.has(name) || text.includes('\0')) return undefined;
    variables.set(name, text);
  }
  return Object.fromEntries(variables);
}

function isRuntimeName(text: string): text is RuntimeName {
  return (RUNTIME_NAMES as readonly string[]).includes(text);
}

/** What a runtime reads when it starts, and nothing else, has to be there so early. */
function isStartVariable(name: string): boolean {
  return name in startEnvironmentOf({ [name]: '' }, { runtime: 'nodejs24.x' });
}
