// CreateStateMachine: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { Logs } from '#logs';
import { checkDefinition, type ResourceRefusal } from './definition-check.ts';
import { machineExists, machineIsDeleting, tooManyMachines } from './machine-answers.ts';
import { machineKey, machineOf, put, revisionKey, versionKey, type MachineRecord, type RevisionRecord } from './machine-record.ts';
import { checkConfigurations, checkVersionDescription, DEFAULT_CONFIGURATIONS, settingsText } from './machine-request.ts';
import type { NewMachine } from './machine-request.ts';
import { checkRoleArn } from './machine-settings.ts';
import type { MachineStore } from './machine-store.ts';
import type { ResourceCount } from './resource-count.ts';
import { machineArn, versionArn, type MachineName } from './states-arn.ts';
import { checkStatesName } from './states-names.ts';
import { withTags } from './states-tags.ts';

export type CreatedMachine = { readonly arn: string; readonly createdAtMs: number; readonly versionArn: string | undefined };

export type CreationParts = {
  readonly store: MachineStore;
  readonly count: ResourceCount;
  readonly logs: Pick<Logs, 'groups'>;
  readonly resourceRefusal: ResourceRefusal;
  readonly clock: Clock;
  readonly random: Random;
};

/** The same request again is answered the same; another role and other tags are not looked at then, as AWS has it. */
export async function createMachine(parts: CreationParts, scope: Scope, request: NewMachine): Promise<CreatedMachine> {
  const { store, count, logs, clock, random } = parts;
  checkStatesName(request.name);
  checkRoleArn(request.roleArn);
  checkVersionDescription(request);
  checkDefinition(request.definition, request.type, parts.resourceRefusal);
  const machine: MachineName = { scope, name: request.name };
  const tags = withTags({}, request.tags, { arn: machineArn(machine), most: LIMITS.stateMachineTags });
  const nowMs = clock.now();
  const revision: RevisionRecord = {
    type: request.type,
    definition: request.definition,
    roleArn: request.roleArn,
    ...DEFAULT_CONFIGURATIONS,
    ...(await checkConfigurations(logs, scope, request)),
    createdAtMs: nowMs,
    isFirst: true,
  };
  const found = await existing(store, machine, request, revision);
  if (found !== undefined) return found;
  if ((await count.of(scope)) >= LIMITS.stateMachines) throw tooManyMachines();
  const publish = request.publish === true;
  const versionDescription = request.versionDescription ?? null;
  const revisionId = random.uuid();
  const record: MachineRecord = {
    type: request.type,
    status: 'ACTIVE',
    createdAtMs: nowMs,
    revisionId,
    updatedAtMs: nowMs,
    lastVersion: publish ? 1 : 0,
    createdWith: { publish, versionDescription },
    tags,
  };
  const version = { revisionId, description: versionDescription, createdAtMs: nowMs };
  const isMade = await store.commit(machine, [
    put(machineKey(machine), 'absent', record),
    put(revisionKey(machine, revisionId), 'absent', revision),
    ...(publish ? [put(versionKey(machine, 1), 'any', version)] : []),
  ]);
  if (!isMade) {
    const faster = await existing(store, machine, request, revision);
    if (faster === undefined) throw machineExists(machineArn(machine));
    return faster;
  }
  count.added(scope);
  return { arn: machineArn(machine), createdAtMs: nowMs, versionArn: publish ? versionArn(machine, 1) : undefined };
}

/** The machine that the same request made before. */
async function existing(
  store: MachineStore,
  machine: MachineName,
  request: NewMachine,
  wanted: RevisionRecord,
): Promise<CreatedMachine | undefined> {
  const head = await store.head(machine);
  if (head === undefined) return undefined;
  const arn = machineArn(machine);
  const { status, revisionId, createdWith, createdAtMs } = machineOf(head);
  if (status === 'DELETING') throw machineIsDeleting(arn);
  const revision = await store.revision(machine, revisionId);
  const isSame =
    revision !== undefined &&
    settingsText(revision) === settingsText({ ...wanted, roleArn: revision.roleArn }) &&
    createdWith.publish === (request.publish === true) &&
    createdWith.versionDescription === (request.versionDescription ?? null);
  if (!isSame) throw machineExists(arn);
  return { arn, createdAtMs, versionArn: createdWith.publish ? versionArn(machine, 1) : undefined };
}
