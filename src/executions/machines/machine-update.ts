// UpdateStateMachine: https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { Logs } from '#logs';
import { checkDefinition, type ResourceRefusal } from './definition-check.ts';
import { missingParameter, noSuchMachine, tooManyVersions } from './machine-answers.ts';
import { put, revisionKey, versionKey, type MachineRecord, type RevisionRecord } from './machine-record.ts';
import { checkConfigurations, checkVersionDescription, settingsText, wholeMachine } from './machine-request.ts';
import type { MachineSettings } from './machine-request.ts';
import { checkRoleArn } from './machine-settings.ts';
import type { MachineStore, Planned } from './machine-store.ts';
import type { Revisions } from './revisions.ts';
import { machineArn, versionArn, type MachineName } from './states-arn.ts';

export type UpdatedMachine = {
  readonly updatedAtMs: number;
  readonly revisionId: string | undefined;
  readonly versionArn: string | undefined;
};

export type UpdateParts = {
  readonly store: MachineStore;
  readonly revisions: Revisions;
  readonly logs: Pick<Logs, 'groups'>;
  readonly resourceRefusal: ResourceRefusal;
  readonly clock: Clock;
  readonly random: Random;
};

/** What changes nothing makes no new revision. */
export async function updateMachine(
  parts: UpdateParts,
  scope: Scope,
  arn: string,
  request: MachineSettings,
): Promise<UpdatedMachine> {
  const machine = wholeMachine(scope, arn);
  const { definition, roleArn, logging, tracing, encryption } = request;
  if ([definition, roleArn, logging, tracing, encryption].every((setting) => setting === undefined))
    throw missingParameter(
      'Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, or the EncryptionConfiguration must be specified',
    );
  checkVersionDescription(request);
  if (roleArn !== undefined) checkRoleArn(roleArn);
  const { type } = await parts.store.need(machine);
  if (definition !== undefined) checkDefinition(definition, type, parts.resourceRefusal);
  const said = {
    ...(definition === undefined ? {} : { definition }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(await checkConfigurations(parts.logs, scope, request)),
  };
  return parts.store.change(machine, async (record) => {
    const before = await parts.store.revision(machine, record.revisionId);
    // Between the two reads it was deleted.
    if (before === undefined) throw noSuchMachine(machineArn(machine));
    return plan(parts, machine, { record, before, after: { ...before, ...said }, request });
  });
}

type Change = {
  readonly record: MachineRecord;
  readonly before: RevisionRecord;
  readonly after: RevisionRecord;
  readonly request: MachineSettings;
};

async function plan(
  { store, revisions, clock, random }: UpdateParts,
  machine: MachineName,
  { record, before, after, request }: Change,
): Promise<Planned<UpdatedMachine>> {
  const nowMs = clock.now();
  const isNew = settingsText(before) !== settingsText(after);
  const revisionId = isNew ? random.uuid() : record.revisionId;
  const updatedAtMs = isNew ? nowMs : record.updatedAtMs;
  const versions = await store.versions(machine);
  const published = versions.find((version) => version.revisionId === record.revisionId);
  const next = request.publish === true && (isNew || published === undefined) ? { number: record.lastVersion + 1 } : undefined;
  if (next !== undefined && versions.length >= LIMITS.stateMachineVersions) throw tooManyVersions();
  const number = request.publish === true ? (next ?? published)?.number : undefined;
  const version = { revisionId, description: request.versionDescription ?? null, createdAtMs: nowMs };
  return {
    record: { ...record, revisionId, updatedAtMs, lastVersion: next?.number ?? record.lastVersion },
    changes: [
      ...(isNew ? [put(revisionKey(machine, revisionId), 'absent', { ...after, createdAtMs: nowMs, isFirst: false })] : []),
      ...(isNew && published === undefined
        ? [revisions.release(machine, record.revisionId, { fromMs: before.createdAtMs, untilMs: nowMs })]
        : []),
      ...(next === undefined ? [] : [put(versionKey(machine, next.number), 'absent', version)]),
    ],
    result: {
      updatedAtMs,
      revisionId: isNew || !before.isFirst ? revisionId : undefined,
      versionArn: number === undefined ? undefined : versionArn(machine, number),
    },
  };
}
