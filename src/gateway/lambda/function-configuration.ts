// A function version as Lambda's API shows it. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html

import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import type { FunctionRecord, Registry, VersionRecord } from '#registry';
import { functionArn, LATEST, runtimeOf } from '#registry';

export interface ShownVersion {
  readonly record: FunctionRecord;
  readonly version: VersionRecord;
}

/** `qualifier` is the one that the ARN shall end with. */
export function configurationOf(
  registry: Registry,
  scope: Scope,
  shown: ShownVersion,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { version } = shown;
  const isCreated = version.state !== 'Pending' || version.lastUpdate === 'InProgress';
  return {
    ...listedConfigurationOf(registry, scope, shown, qualifier),
    State: version.state,
    StateReason: version.stateReason?.text,
    StateReasonCode: version.stateReason?.code,
    RuntimeVersionConfig: runtimeVersionOf(version),
    ...(isCreated && {
      LastUpdateStatus: version.lastUpdate,
      LastUpdateStatusReason: version.lastUpdateReason?.text,
      // Lambda says "Creating" here too, although its own model lists no such code.
      LastUpdateStatusReasonCode: version.lastUpdateReason?.code as FunctionConfiguration['LastUpdateStatusReasonCode'],
    }),
  };
}

/** Without its states: lists leave them out, as Lambda's do. */
export function listedConfigurationOf(
  registry: Registry,
  scope: Scope,
  { record, version }: ShownVersion,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { settings, code } = version;
  return {
    FunctionName: record.name,
    FunctionArn: functionArn(scope, record.name, qualifier),
    Runtime: settings.runtime as FunctionConfiguration['Runtime'],
    Role: settings.roleArn,
    Handler: settings.handler,
    CodeSize: code.bytes,
    Description: settings.description,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMiB,
    LastModified: new Date(version.lastModifiedMs).toISOString().replace('Z', '+0000'),
    CodeSha256: code.sha256,
    Version: version.version,
    DeadLetterConfig: settings.deadLetterArn === undefined ? undefined : { TargetArn: settings.deadLetterArn },
    Environment: environmentOf(registry, scope, record, settings),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: version.revisionId,
    Layers: settings.layers.length === 0 ? undefined : settings.layers.map((layer) => ({ Arn: layer.arn, CodeSize: layer.bytes })),
    PackageType: 'Zip',
    Architectures: [settings.architecture],
    EphemeralStorage: { Size: settings.ephemeralMiB },
    SnapStart: snapStartOf(version),
    DurableConfig: durableConfigOf(settings),
    TenancyConfig: record.tenantIsolation === true ? { TenantIsolationMode: 'PER_TENANT' } : undefined,
    LoggingConfig: { LogFormat: 'Text', LogGroup: settings.logGroup },
  };
}

/** What cannot be read is said in its place, as on Lambda, and hides nothing else. */
function environmentOf(registry: Registry, scope: Scope, { name }: FunctionRecord, settings: VersionRecord['settings']) {
  try {
    const variables = registry.functions.environmentOf(scope, name, settings);
    return variables && { Variables: { ...variables } };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'KMSNotFoundException') throw error;
    return { Error: { ErrorCode: error.code, Message: error.message } };
  }
}

function durableConfigOf({ durable }: VersionRecord['settings']): FunctionConfiguration['DurableConfig'] {
  return durable && { ExecutionTimeout: durable.executionTimeoutSeconds, RetentionPeriodInDays: durable.retentionDays };
}

/** As on Lambda, a published version says whether its start is optimised. */
function snapStartOf({ version, settings: { snapStart } }: VersionRecord): FunctionConfiguration['SnapStart'] {
  if (snapStart === undefined) return { ApplyOn: 'None', OptimizationStatus: 'Off' };
  return { ApplyOn: snapStart, OptimizationStatus: version === LATEST ? 'Off' : 'On' };
}

/**
 * Where Lambda reports what went wrong with the runtime itself: the SDKs and the AWS CLI show it, and no waiter takes it for a
 * failure. A StateReason beside `Active` would be read as one.
 */
function runtimeVersionOf({ settings }: VersionRecord): FunctionConfiguration['RuntimeVersionConfig'] {
  const { warning } = runtimeOf(settings.runtime);
  return warning === undefined ? undefined : { Error: { ErrorCode: 'RuntimeReplaced', Message: warning } };
}
