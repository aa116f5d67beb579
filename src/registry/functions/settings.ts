// The settings of a function: Lambda's defaults, Lambda's bounds, and what of them is honoured.

import type { SnapStart } from '@aws-sdk/client-lambda';
import type { Scope, FunctionName } from '#kernel';
import { LIMITS } from '#kernel';
import { constraintViolated, invalidParameter } from '../refusals.ts';
import { runtimeOf } from '../runtimes.ts';
import { checkEnvironment } from './environment.ts';
import { changedDurableSettings } from './durable-settings.ts';
import { checkDeadLetter } from './event-destinations.ts';
import type { Architecture, FunctionSettings, LayerReference } from './function-record.ts';
import type { RequestedSettings } from './refused-settings.ts';
import { refuseUnservedSettings } from './refused-settings.ts';
import { isUnreadable } from './sealer.ts';
import type { SealedEnvironment, Sealer } from './sealer.ts';

export interface SettingsDependencies {
  readonly hostArchitecture: Architecture;
  readonly sealer: Sealer;
}

export interface SettingsOwner {
  readonly scope: Scope;
  readonly name: FunctionName;
}

const ROLE = /^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-/]+$/;
const HANDLER = /^\S{1,128}$/;
const LOG_GROUP = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const DESCRIPTION_LENGTH_MAX = 256;

/** Settings of a new function. Throws InvalidParameterValueException or ValidationException. */
export function newSettings(
  { hostArchitecture, sealer }: SettingsDependencies,
  owner: SettingsOwner,
  requested: RequestedSettings,
  layers: readonly LayerReference[],
): FunctionSettings {
  if (requested.PackageType !== 'Image' && (requested.Runtime === undefined || requested.Handler === undefined))
    throw invalidParameter('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  const defaults: FunctionSettings = {
    description: '',
    runtime: 'nodejs24.x',
    handler: '',
    roleArn: '',
    memoryMiB: LIMITS.memoryMiBMin,
    timeoutSeconds: 3,
    ephemeralMiB: LIMITS.ephemeralMiBMin,
    architecture: hostArchitecture,
    environment: null,
    layers: [],
    logGroup: `/aws/lambda/${owner.name}`,
  };
  return changedSettings({ hostArchitecture, sealer }, owner, defaults, { ...requested, Role: requested.Role ?? '' }, layers);
}

/** `previous` with what is requested; `layers` are the resolved ones where `Layers` is requested. */
export function changedSettings(
  { hostArchitecture, sealer }: SettingsDependencies,
  owner: SettingsOwner,
  previous: FunctionSettings,
  requested: RequestedSettings,
  layers: readonly LayerReference[],
): FunctionSettings {
  refuseUnservedSettings(requested, hostArchitecture);
  const { snapStart: before, deadLetterArn: deadLetterBefore, durable: durableBefore, ...kept } = previous;
  const durable = changedDurableSettings(durableBefore, requested.DurableConfig);
  const snapStart = requested.SnapStart === undefined ? before : asked(requested.SnapStart);
  const deadLetterTarget = requested.DeadLetterConfig?.TargetArn;
  const deadLetterArn = deadLetterTarget === undefined ? deadLetterBefore : checkDeadLetter(owner.scope, deadLetterTarget);
  const settings = {
    ...kept,
    ...(deadLetterArn === undefined || deadLetterArn === null ? undefined : { deadLetterArn }),
    ...(snapStart === undefined ? undefined : { snapStart }),
    ...(durable === undefined ? undefined : { durable }),
    description: requested.Description ?? previous.description,
    runtime: requested.Runtime ?? previous.runtime,
    handler: requested.Handler ?? previous.handler,
    roleArn: requested.Role ?? previous.roleArn,
    memoryMiB: requested.MemorySize ?? previous.memoryMiB,
    timeoutSeconds: requested.Timeout ?? previous.timeoutSeconds,
    ephemeralMiB: requested.EphemeralStorage?.Size ?? previous.ephemeralMiB,
    layers: requested.Layers === undefined ? previous.layers : layers,
    logGroup: requested.LoggingConfig?.LogGroup ?? previous.logGroup,
  };
  runtimeOf(settings.runtime);
  checkBounds(settings);
  return { ...settings, environment: changedEnvironment(sealer, owner, previous, requested) };
}

/** The same variables keep the same sealed text, so that an update which changes nothing is seen as such. */
function changedEnvironment(sealer: Sealer, owner: SettingsOwner, previous: FunctionSettings, { Environment }: RequestedSettings) {
  if (Environment === undefined) return previous.environment;
  const variables = Environment.Variables ?? {};
  checkEnvironment(variables);
  if (previous.environment !== null && sameVariables(opened(sealer, owner, previous.environment), variables))
    return previous.environment;
  return sealer.seal(owner, variables);
}

/** Undefined where the key is gone: whoever sets the variables again mends that. */
function opened(sealer: Sealer, owner: SettingsOwner, environment: SealedEnvironment) {
  try {
    return sealer.open(owner, environment);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}

function sameVariables(one: Readonly<Record<string, string>> | undefined, other: Readonly<Record<string, string>>): boolean {
  if (one === undefined) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

/** Every version is started from a sandbox that waits, which is what SnapStart is for; so there is nothing to do but to remember it. */
const asked = ({ ApplyOn }: SnapStart) => (ApplyOn === 'PublishedVersions' ? ApplyOn : undefined);

function checkBounds(settings: Omit<FunctionSettings, 'environment'>): void {
  const { handler, roleArn, logGroup, description } = settings;
  if (!HANDLER.test(handler))
    throw constraintViolated('handler', handler, 'Member must satisfy regular expression pattern: [^\\s]+');
  if (!ROLE.test(roleArn))
    throw constraintViolated(
      'role',
      roleArn,
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    );
  if (!LOG_GROUP.test(logGroup))
    throw constraintViolated(
      'loggingConfig.logGroup',
      logGroup,
      'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+',
    );
  if (description.length > DESCRIPTION_LENGTH_MAX)
    throw constraintViolated('description', description, `Member must have length less than or equal to ${DESCRIPTION_LENGTH_MAX}`);
  checkRange('memorySize', settings.memoryMiB, LIMITS.memoryMiBMin, LIMITS.memoryMiBMax);
  checkRange('timeout', settings.timeoutSeconds, 1, LIMITS.timeoutSecondsMax);
  checkRange('ephemeralStorage.size', settings.ephemeralMiB, LIMITS.ephemeralMiBMin, LIMITS.ephemeralMiBMax);
}

function checkRange(member: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min)
    throw constraintViolated(member, String(value), `Member must have value greater than or equal to ${min}`);
  if (value > max) throw constraintViolated(member, String(value), `Member must have value less than or equal to ${max}`);
}
