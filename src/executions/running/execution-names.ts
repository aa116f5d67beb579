// ARNs of executions: made of their machine's name and their own, and parsed back to where their journals are kept.

import type { Scope } from '#kernel';
import type { JournalKey } from '#store';
import { invalidArn } from '../machines/machine-answers.ts';
import { machineArn, parseStatesArn } from '../machines/states-arn.ts';

export type ExecutionType = 'STANDARD' | 'EXPRESS';

/** The part of an ARN that says of which type an execution is. */
const WORDS = { STANDARD: 'execution', EXPRESS: 'express' } as const;

/** `machineName` is `<machine>/<label>` for a child of a map run; an express execution's `name` ends in `:<uuid>`, since its name is not unique. */
export function executionArn(scope: Scope, type: ExecutionType, machineName: string, name: string): string {
  return `arn:aws:states:${scope.region}:${scope.account}:${WORDS[type]}:${machineName}:${name}`;
}

export function journalKeyOf(scope: Scope, machineName: string, name: string): JournalKey {
  return { scope, kind: 'execution', owner: machineArn({ scope, name: machineName }), name };
}

export type ExecutionName = { readonly arn: string; readonly type: ExecutionType; readonly key: JournalKey };

/** Throws InvalidArn; undefined for another account's or region's, which are not here. */
export function parseExecutionArn(scope: Scope, arn: string): ExecutionName | undefined {
  const { region, account, kind, rest } = parseStatesArn(arn);
  if (kind !== WORDS.STANDARD && kind !== WORDS.EXPRESS) throw invalidArn(`Resource type not valid in this context: ${kind}`);
  const type = kind === WORDS.STANDARD ? 'STANDARD' : 'EXPRESS';
  const [machineName = '', ...names] = rest;
  if (names.length !== (type === 'STANDARD' ? 1 : 2)) throw invalidArn(arn);
  if (region !== scope.region || account !== scope.account) return undefined;
  return { arn, type, key: journalKeyOf(scope, machineName, names.join(':')) };
}

/** What people call it: of an express execution without the uuid. */
export function shownName(name: string): string {
  const end = name.indexOf(':');
  return end === -1 ? name : name.slice(0, end);
}

/** Whose it is, where nobody asks on behalf of an account: the platform's own. */
export function scopeOfArn(arn: string): Scope {
  const { account, region } = parseStatesArn(arn);
  return { account: account as Scope['account'], region: region as Scope['region'] };
}
