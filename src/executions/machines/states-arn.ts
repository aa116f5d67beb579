// ARNs of Step Functions: made, and parsed once at the door.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html#awsstepfunctions-resources-for-iam-policies

import type { Scope } from '#kernel';
import { invalidArn, noSuchMachine } from './machine-answers.ts';

export type MachineName = { readonly scope: Scope; readonly name: string };

/** What an ARN of a machine says: the machine, one of its versions or aliases, or one of its distributed maps. */
export type MachineReference = MachineName & {
  readonly arn: string;
  readonly qualifier:
    | { readonly kind: 'none' }
    | { readonly kind: 'version'; readonly number: number }
    | { readonly kind: 'alias'; readonly alias: string }
    | { readonly kind: 'map'; readonly label: string };
};

export function machineArn({ scope, name }: MachineName): string {
  return `arn:aws:states:${scope.region}:${scope.account}:stateMachine:${name}`;
}

export function versionArn(machine: MachineName, number: number): string {
  return `${machineArn(machine)}:${number}`;
}

export function aliasArn(machine: MachineName, alias: string): string {
  return `${machineArn(machine)}:${alias}`;
}

export function activityArn(scope: Scope, name: string): string {
  return `arn:aws:states:${scope.region}:${scope.account}:activity:${name}`;
}

type StatesArn = {
  readonly region: string;
  readonly account: string;
  readonly kind: string;
  readonly rest: readonly string[];
};

/** Throws InvalidArn for what is no ARN of Step Functions, in AWS's words. */
export function parseStatesArn(arn: string): StatesArn {
  const [prefix, partition = '', service, region = '', account = '', kind = '', ...rest] = arn.split(':');
  if (prefix !== 'arn' || !/^aws[a-z-]*$/.test(partition) || service !== 'states') throw invalidArn(`Invalid ARN prefix: ${arn}`);
  const isWhole = region !== '' && /^\d{12}$/.test(account) && rest.length > 0 && !rest.includes('');
  // Half a surrogate is no text that a store could look for.
  if (!isWhole || !arn.isWellFormed()) throw invalidArn(arn);
  return { region, account, kind, rest };
}

export function parseMachineArn(scope: Scope, arn: string): MachineReference {
  const { region, account, kind, rest } = parseStatesArn(arn);
  if (kind !== 'stateMachine') throw invalidArn(`Resource type not valid in this context: ${kind}`);
  const [first = '', qualifier, ...more] = rest;
  const [name = '', label, ...others] = first.split('/');
  if (more.length > 0 || others.length > 0 || (label !== undefined && qualifier !== undefined)) throw invalidArn(arn);
  // Another account's and another region's machines are none of ours.
  if (region !== scope.region || account !== scope.account) throw noSuchMachine(arn);
  if (label !== undefined) return { scope, name, arn, qualifier: { kind: 'map', label } };
  if (qualifier === undefined) return { scope, name, arn, qualifier: { kind: 'none' } };
  if (/^[1-9]\d{0,8}$/.test(qualifier)) return { scope, name, arn, qualifier: { kind: 'version', number: Number(qualifier) } };
  return { scope, name, arn, qualifier: { kind: 'alias', alias: qualifier } };
}
