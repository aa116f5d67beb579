// State machines as they are kept, each part under a name of its own, so that a list does not read definitions.
//
// A revision is what a machine was between two updates: its name (an id) stands for the same text and settings for ever. Machines, versions and
// executions name the revision that they run.

import type { Json, Resource, ResourceChange, ResourceKey } from '#store';
import type { JsonObject } from '#workflows';
import type { MachineName } from './states-arn.ts';
import type { Tags } from './states-tags.ts';

export type MachineType = 'STANDARD' | 'EXPRESS';

export type MachineRecord = {
  readonly type: MachineType;
  readonly status: 'ACTIVE' | 'DELETING';
  readonly createdAtMs: number;
  /** The current one. */
  readonly revisionId: string;
  /** Since when it is. */
  readonly updatedAtMs: number;
  /** Numbers are not given again, also where a version was deleted. */
  readonly lastVersion: number;
  /** What the request said that made it: the same one again is answered the same. */
  readonly createdWith: { readonly publish: boolean; readonly versionDescription: string | null };
  readonly tags: Tags;
};

export type RevisionRecord = {
  readonly type: MachineType;
  readonly definition: string;
  readonly roleArn: string;
  /** As CreateStateMachine takes them, completed. */
  readonly logging: JsonObject;
  readonly tracing: JsonObject;
  readonly encryption: JsonObject;
  readonly createdAtMs: number;
  /** AWS gives the first revision no id to show. */
  readonly isFirst: boolean;
};

export type VersionRecord = {
  readonly revisionId: string;
  readonly description: string | null;
  readonly createdAtMs: number;
};

export type AliasRecord = {
  readonly description: string | null;
  readonly routes: readonly AliasRoute[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export type AliasRoute = { readonly version: number; readonly weight: number };

/** A revision that no machine and no version names any more. What began between these times may still run it, or be asked about it. */
export type ReleasedRecord = { readonly fromMs: number; readonly untilMs: number };

export const MACHINE = 'state-machine';
export const REVISION = 'state-machine-revision';
export const VERSION = 'state-machine-version';
export const ALIAS = 'state-machine-alias';
export const RELEASED = 'state-machine-released';
/** Machines that are being deleted: what a start has to go on with. */
export const DELETION = 'state-machine-deletion';

export function machineKey({ scope, name }: MachineName): ResourceKey {
  return { scope, kind: MACHINE, name };
}

export function deletionKey({ scope, name }: MachineName): ResourceKey {
  return { scope, kind: DELETION, name };
}

export function revisionKey({ scope, name }: MachineName, revisionId: string): ResourceKey {
  return { scope, kind: REVISION, name: `${name}/${revisionId}` };
}

export function releasedKey({ scope, name }: MachineName, revisionId: string): ResourceKey {
  return { scope, kind: RELEASED, name: `${name}/${revisionId}` };
}

/** With leading zeros, so that names are in the order of the numbers. */
export function versionKey({ scope, name }: MachineName, number: number): ResourceKey {
  return { scope, kind: VERSION, name: `${name}/${String(number).padStart(VERSION_DIGITS, '0')}` };
}

const VERSION_DIGITS = 9;

export function aliasKey({ scope, name }: MachineName, alias: string): ResourceKey {
  return { scope, kind: ALIAS, name: `${name}/${alias}` };
}

/** What comes after the machine's name. */
export function lastPart({ key }: Resource): string {
  return key.name.slice(key.name.indexOf('/') + 1);
}

export function ownerOf({ key }: Resource): MachineName {
  return { scope: key.scope, name: key.name.split('/')[0] ?? key.name };
}

// Bodies are written by `put` alone, with the record that belongs to their kind.

export function put(
  key: ResourceKey,
  expect: ResourceChange['expect'],
  record: MachineRecord | RevisionRecord | VersionRecord | AliasRecord | ReleasedRecord,
): ResourceChange {
  return { key, expect, change: { put: record satisfies Json } };
}

export function machineOf({ body }: Resource): MachineRecord {
  return body as unknown as MachineRecord;
}

export function revisionOf({ body }: Resource): RevisionRecord {
  return body as unknown as RevisionRecord;
}

export function versionOf({ body }: Resource): VersionRecord {
  return body as unknown as VersionRecord;
}

export function aliasOf({ body }: Resource): AliasRecord {
  return body as unknown as AliasRecord;
}

export function releasedOf({ body }: Resource): ReleasedRecord {
  return body as unknown as ReleasedRecord;
}
