// Creates and updates functions: Lambda's rules around code, settings, revisions and states.

import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import type { Clock, FunctionName, NetworkMode, Random, Scope } from '#kernel';
import type { CodeStore } from '../code/code-store.ts';
import { functionArn, LATEST, unqualifiedTargetOf } from '../function-reference.ts';
import { attachLayers, checkUnzippedTotal } from '../layers/layer-attachment.ts';
import { conflict, invalidParameter, notReady, revisionMismatch, updateInProgress } from '../refusals.ts';
import type { CodeSource, ReadObject } from './code-source.ts';
import { storeCode } from './code-source.ts';
import { publishedKey, settlingKey, put, versionOf } from './function-documents.ts';
import type { Architecture, CodeReference, FunctionRecord, VersionRecord } from './function-record.ts';
import { CREATING } from './function-record.ts';
import type { FunctionStore, Step } from './function-store.ts';
import { checkPlatformSettings, platformSettingsOf } from './platform-tags.ts';
import type { RequestedSettings } from './refused-settings.ts';
import { refuseUnservedSettings } from './refused-settings.ts';
import type { Sealer } from './sealer.ts';
import { changedSettings, newSettings } from './settings.ts';
import { checkTenantIsolation, tenantIsolationOf } from './tenant-isolation.ts';
import type { Settling } from './settling.ts';
import type { Begun, ChangeContext } from './version-changes.ts';
import { beginUpdate, newInstanceKey, publish } from './version-changes.ts';
import { checkTags } from './tag-rules.ts';

export interface FunctionDependencies {
  readonly functions: FunctionStore;
  readonly codes: CodeStore;
  readonly settling: Settling;
  readonly sealer: Sealer;
  readonly readObject: ReadObject;
  readonly hostArchitecture: Architecture;
  /** What this machine can enforce. */
  readonly networks: () => readonly NetworkMode[];
  readonly clock: Clock;
  readonly random: Random;
}

/** A function and the version of it that an operation was about. */
export interface ChangedFunction {
  readonly record: FunctionRecord;
  readonly version: VersionRecord;
}

export type NewFunction = Readonly<Omit<CreateFunctionRequest, 'FunctionName' | 'Code'>> & {
  readonly FunctionName: string;
  readonly Code: CodeSource;
};

export type ConfigurationUpdate = RequestedSettings & Pick<UpdateFunctionConfigurationRequest, 'RevisionId'>;

export interface CodeUpdate extends CodeSource, Pick<CreateFunctionRequest, 'Architectures' | 'PublishTo' | 'Publish'> {
  readonly DryRun?: boolean | undefined;
  readonly RevisionId?: string | undefined;
}

export async function createFunction(deps: FunctionDependencies, scope: Scope, request: NewFunction): Promise<ChangedFunction> {
  const name = unqualifiedTargetOf(scope, request.FunctionName);
  const exists = () => conflict(`Function already exist: ${name}`);
  refuseUnservedSettings(request, deps.hostArchitecture);
  const tags = checkTags({}, request.Tags ?? {});
  const platformSettings = platformSettingsOf(tags);
  const tenantIsolation = tenantIsolationOf(request);
  if ((await deps.functions.find(scope, name)) !== undefined) throw exists();
  const { layers, checks } = await attachLayers(deps.functions.resources, scope, request.Layers ?? [], deps.hostArchitecture);
  const settings = newSettings(deps, { scope, name }, request, layers);
  checkTenantIsolation(tenantIsolation, settings);
  checkPlatformSettings(platformSettings, { runtimes: [settings.runtime], networks: deps.networks() });
  const held = await storeCode(deps, scope, request.Code);
  try {
    checkUnzippedTotal(held.record.unzippedBytes, layers);
    const context = contextOf(deps, scope);
    const latest: VersionRecord = {
      version: LATEST,
      settings,
      code: codeReference(held.record),
      state: 'Pending',
      stateReason: CREATING,
      lastUpdate: 'Successful',
      lastUpdateReason: null,
      revisionId: deps.random.uuid(),
      lastModifiedMs: context.nowMs,
      contentId: deps.random.uuid(),
      instanceKey: newInstanceKey(deps.random, name, LATEST),
    };
    const record: FunctionRecord = {
      name,
      createdAtMs: context.nowMs,
      latest,
      serving: null,
      publishing: null,
      nextVersion: 1,
      lastPublished: null,
      tags,
      reservedConcurrency: null,
      ...tenantIsolation,
    };
    const begun: Begun = { record, also: [...held.fence, ...checks, put(settlingKey(scope, name), {})] };
    const created = request.Publish === true ? publish(context, begun, undefined) : { ...begun, version: latest };
    if (!(await deps.functions.create(scope, created.record, created.also))) throw exists();
    deps.settling.begin(scope, name);
    return created;
  } finally {
    await held.release();
  }
}

/** With DryRun everything is checked, and the answer is what the function would become. */
export async function updateFunctionCode(
  deps: FunctionDependencies,
  scope: Scope,
  name: FunctionName,
  request: CodeUpdate,
): Promise<ChangedFunction> {
  if (request.ImageUri !== undefined)
    throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
  refuseUnservedSettings({ Architectures: request.Architectures, PublishTo: request.PublishTo }, deps.hostArchitecture);
  checkUpdatable(scope, await deps.functions.get(scope, name), request.RevisionId);
  const held = await storeCode(deps, scope, request);
  try {
    const code = codeReference(held.record);
    const changed = await deps.functions.change<ChangedFunction>(scope, name, {
      async decide(record) {
        checkUpdatable(scope, record, request.RevisionId);
        checkUnzippedTotal(code.unzippedBytes, record.latest.settings.layers);
        const context = contextOf(deps, scope);
        const begun = beginUpdate(context, record, { code });
        if (request.DryRun === true)
          return { kind: 'keep', result: { record, version: { ...record.latest, code, lastModifiedMs: context.nowMs } } };
        const fenced = { ...begun, also: [...begun.also, ...held.fence] };
        return request.Publish === true ? publishStep(deps, context, fenced) : asStep(fenced, fenced.record.latest);
      },
    });
    if (request.DryRun !== true) deps.settling.begin(scope, name);
    return changed;
  } finally {
    await held.release();
  }
}

export async function updateFunctionConfiguration(
  deps: FunctionDependencies,
  scope: Scope,
  name: FunctionName,
  request: ConfigurationUpdate,
): Promise<ChangedFunction> {
  refuseUnservedSettings(request, deps.hostArchitecture);
  const changed = await deps.functions.change<ChangedFunction>(scope, name, {
    async decide(record) {
      checkUpdatable(scope, record, request.RevisionId);
      const { layers, checks } = await attachLayers(deps.functions.resources, scope, request.Layers ?? [], deps.hostArchitecture);
      const settings = changedSettings(deps, { scope, name }, record.latest.settings, request, layers);
      checkTenantIsolation(record, settings);
      checkUnzippedTotal(record.latest.code.unzippedBytes, settings.layers);
      if (settings.runtime !== record.latest.settings.runtime)
        checkPlatformSettings(platformSettingsOf(record.tags), { runtimes: [settings.runtime], networks: deps.networks() });
      const begun = beginUpdate(contextOf(deps, scope), record, { settings });
      return asStep({ ...begun, also: [...begun.also, ...checks] }, begun.record.latest);
    },
  });
  deps.settling.begin(scope, name);
  return changed;
}

/** Throws while another change is in progress, or when the caller has an older revision in mind. */
export function checkUpdatable(scope: Scope, { name, latest }: FunctionRecord, revisionId: string | undefined): void {
  if (revisionId !== undefined && revisionId !== latest.revisionId) throw revisionMismatch('GetFunction/GetAlias');
  if (latest.lastUpdate === 'InProgress') throw updateInProgress(functionArn(scope, name));
  if (latest.state === 'Pending') throw notReady(latest.state);
}

/** A new version, or the newest one where nothing has changed since. */
async function publishStep(deps: FunctionDependencies, context: ChangeContext, begun: Begun): Promise<Step<ChangedFunction>> {
  const { record } = begun;
  if (record.lastPublished?.contentId === record.latest.contentId) {
    const found = await deps.functions.resources.get(publishedKey(context.scope, record.name, record.lastPublished.version));
    if (found !== undefined) return asStep(begun, versionOf(found));
  }
  const published = publish(context, begun, undefined);
  return asStep(published, published.version);
}

const asStep = ({ record, also }: Begun, version: VersionRecord): Step<ChangedFunction> => ({
  kind: 'change',
  record,
  also,
  result: { record, version },
});

export const contextOf = ({ random, clock }: FunctionDependencies, scope: Scope): ChangeContext => ({
  scope,
  random,
  nowMs: clock.now(),
});

const codeReference = ({ hash, sha256, bytes, unzippedBytes }: CodeReference): CodeReference => ({
  hash,
  sha256,
  bytes,
  unzippedBytes,
});
