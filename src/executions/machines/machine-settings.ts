// What may be said of a state machine besides its definition: checked, and completed with AWS's defaults.

import { parseGroupIdentifier, type Logs } from '#logs';
import { ApiError, type Scope } from '#kernel';
import type { JsonObject } from '#workflows';

export type LoggingConfiguration = {
  readonly level?: 'ALL' | 'ERROR' | 'FATAL' | 'OFF' | undefined;
  readonly includeExecutionData?: boolean | undefined;
  readonly destinations?:
    | readonly { readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string | undefined } | undefined }[]
    | undefined;
};
export type TracingConfiguration = { readonly enabled?: boolean | undefined };
export type EncryptionConfiguration = {
  readonly type: 'AWS_OWNED_KEY' | 'CUSTOMER_MANAGED_KMS_KEY';
  readonly kmsKeyId?: string | undefined;
  readonly kmsDataKeyReusePeriodSeconds?: number | undefined;
};

/** Roles are kept and shown, and grant nothing by themselves; an execution acts with the rights of its account. */
export function checkRoleArn(roleArn: string): void {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/[\x21-\x7e]+$/.test(roleArn))
    throw new ApiError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
}

/** The group that executions are written to must be there. Throws InvalidLoggingConfiguration. */
export async function checkLogging(
  logs: Pick<Logs, 'groups'>,
  scope: Scope,
  { level = 'OFF', includeExecutionData = false, destinations = [] }: LoggingConfiguration,
): Promise<JsonObject> {
  if (destinations.length > 1) throw invalidLogging('Must specify exactly one Log Destination.');
  const arn = destinations[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  if (arn === undefined) {
    if (level !== 'OFF' || destinations.length > 0) throw invalidLogging('Must specify exactly one Log Destination.');
    return { level, includeExecutionData };
  }
  if (!/^arn:aws[a-z-]*:logs:.+:\*$/.test(arn))
    throw invalidLogging(`Log Destination is not valid: it must be the ARN of a log group that ends with ":*" and not ${arn}.`);
  try {
    await logs.groups.need(scope, parseGroupIdentifier(scope, arn));
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    throw invalidLogging('Log Destination not found.', cause);
  }
  return { level, includeExecutionData, destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: arn } }] };
}

function invalidLogging(why: string, cause?: unknown): ApiError {
  return new ApiError('InvalidLoggingConfiguration', `Invalid Logging Configuration: ${why}`, cause === undefined ? {} : { cause });
}

export function checkTracing({ enabled = false }: TracingConfiguration): JsonObject {
  if (enabled)
    throw new ApiError(
      'InvalidTracingConfiguration',
      'Executions are not traced with X-Ray here. Leave tracingConfiguration out, or set enabled to false.',
    );
  return { enabled };
}

export function checkEncryption({ type, kmsKeyId, kmsDataKeyReusePeriodSeconds }: EncryptionConfiguration): JsonObject {
  if (type !== 'AWS_OWNED_KEY' || kmsKeyId !== undefined || kmsDataKeyReusePeriodSeconds !== undefined)
    throw new ApiError(
      'InvalidEncryptionConfiguration',
      'Nothing is encrypted with keys of your own here. Leave encryptionConfiguration out, or set its type to AWS_OWNED_KEY alone.',
    );
  return { type };
}
