// What there is to tell of a state machine, or of one of its versions.

import { readDefinition, type Machine } from '#workflows';
import { invalidArn, noSuchMachine } from './machine-answers.ts';
import { versionKey, versionOf, type MachineRecord, type RevisionRecord, type VersionRecord } from './machine-record.ts';
import type { MachineStore } from './machine-store.ts';
import type { MachineReference } from './states-arn.ts';

export type MachineDescription = {
  /** As it was asked for: a version's own. */
  readonly arn: string;
  readonly name: string;
  readonly status: MachineRecord['status'];
  readonly createdAtMs: number;
  readonly revision: RevisionRecord;
  /** Undefined of a machine that was never updated: AWS gives that one none. */
  readonly revisionId: string | undefined;
  /** Of the version that was asked for. */
  readonly description: string | undefined;
  /** Of the distributed map that was asked for. */
  readonly label: string | undefined;
};

export async function describeMachine(store: MachineStore, reference: MachineReference): Promise<MachineDescription> {
  const { name, arn, qualifier } = reference;
  if (qualifier.kind === 'alias') throw invalidArn(`${arn} is an alias: describe it with DescribeStateMachineAlias`);
  const head = await store.need(reference);
  const version = qualifier.kind === 'version' ? await needVersion(store, reference, qualifier.number) : undefined;
  const revisionId = version?.revisionId ?? head.revisionId;
  const revision = await store.revision(reference, revisionId);
  if (revision === undefined) throw noSuchMachine(arn);
  if (qualifier.kind === 'map' && !hasMap(revision, qualifier.label)) throw noSuchMachine(arn);
  return {
    arn,
    name,
    status: head.status,
    createdAtMs: version?.createdAtMs ?? head.createdAtMs,
    revision,
    revisionId: revision.isFirst ? undefined : revisionId,
    description: version?.description ?? undefined,
    label: qualifier.kind === 'map' ? qualifier.label : undefined,
  };
}

export async function needVersion(store: MachineStore, reference: MachineReference, number: number): Promise<VersionRecord> {
  const found = await store.resources.get(versionKey(reference, number));
  if (found === undefined) throw noSuchMachine(reference.arn);
  return versionOf(found);
}

function hasMap({ definition, type }: RevisionRecord, label: string): boolean {
  const read = readDefinition(definition, type);
  return read.kind === 'machine' && labelsOf(read.machine).has(label);
}

/** Of its distributed maps, by which their executions are listed. */
function labelsOf({ flows }: Machine): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const { states } of flows.values())
    for (const state of states.values())
      if (state.kind === 'Map' && state.mode.kind === 'distributed') labels.add(state.mode.label ?? state.name);
  return labels;
}
