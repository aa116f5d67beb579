// Decides what a deployment changes: what the folder wants against what the platform has. Pure; apply.ts carries it out.

import type { FunctionConfiguration, FunctionUrlConfig } from '@aws-sdk/client-lambda';
import type { FunctionNotification, Notifications } from '../aws/buckets.ts';
import type { UrlSettings } from '../aws/functions.ts';
import type { CodeZip } from './code-zip.ts';
import type { CheckedConfig, CheckedHttpTrigger, CheckedS3Trigger } from './config-schema.ts';
import { planEvents } from './plan-events.ts';
import type { CurrentEvents, EventChange } from './plan-events.ts';

export interface WantedFunction {
  readonly name: string;
  readonly place: string;
  readonly config: CheckedConfig;
  readonly code: CodeZip;
}

export interface CurrentFunction {
  readonly configuration: FunctionConfiguration;
  readonly app: string | undefined;
  readonly reservedConcurrency: number | undefined;
  readonly url: FunctionUrlConfig | undefined;
  /** Statements of its resource policy: what may call it. */
  readonly statementIds: ReadonlySet<string>;
}

export interface CurrentState {
  readonly functions: ReadonlyMap<string, CurrentFunction>;
  /** The buckets that the folder's functions name, or named before; undefined where there is none of that name. */
  readonly buckets: ReadonlyMap<string, Notifications | undefined>;
  readonly events: CurrentEvents;
}

export interface Setting {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export type Change =
  | { readonly kind: 'createBucket'; readonly bucket: string }
  | { readonly kind: 'createFunction'; readonly wanted: WantedFunction }
  | { readonly kind: 'updateCode'; readonly wanted: WantedFunction }
  | { readonly kind: 'updateConfiguration'; readonly wanted: WantedFunction; readonly settings: readonly Setting[] }
  | { readonly kind: 'setConcurrency'; readonly name: string; readonly limit: number | undefined }
  | { readonly kind: 'allowBucket'; readonly name: string; readonly bucket: string; readonly statementId: string }
  | { readonly kind: 'putUrl'; readonly name: string; readonly url: UrlSettings; readonly isNew: boolean }
  | { readonly kind: 'removeUrl'; readonly name: string }
  | {
      readonly kind: 'putTriggers';
      readonly bucket: string;
      readonly added: readonly TriggerOf[];
      readonly removed: readonly TriggerOf[];
    }
  | EventChange
  | { readonly kind: 'adopt'; readonly name: string }
  | { readonly kind: 'removeFunction'; readonly name: string };

export interface TriggerOf {
  readonly function: string;
  readonly notification: Omit<FunctionNotification, 'functionArn'>;
}

export interface Plan {
  readonly changes: readonly Change[];
  readonly unchanged: readonly string[];
  /** Functions that an earlier deployment of the same folder made and that are no longer in it. */
  readonly orphans: readonly string[];
}

export interface PlanOptions {
  readonly app: string;
  /** Remove the orphans. */
  readonly prune: boolean;
}

export function planDeployment(wanted: readonly WantedFunction[], current: CurrentState, { app, prune }: PlanOptions): Plan {
  const names = new Set(wanted.map((one) => one.name));
  const orphans = [...current.functions].filter(([name, found]) => found.app === app && !names.has(name)).map(([name]) => name);
  const perFunction = wanted.map((one) => ({ name: one.name, changes: planFunction(one, current.functions.get(one.name), app) }));
  const gone = new Set(prune ? orphans : []);
  const triggers = [...current.buckets].flatMap(([bucket, notifications]) => planBucket(bucket, notifications, wanted, gone));
  const events = planEvents(wanted, current.events, gone);
  const touched = new Set([
    ...triggers
      .flatMap((change) => (change.kind === 'putTriggers' ? [...change.added, ...change.removed] : []))
      .map((one) => one.function),
    ...events.links.flatMap((change) =>
      change.kind === 'putLink' ? [change.link.function] : change.kind === 'removeLink' ? [change.found.link.function] : [],
    ),
  ]);
  return {
    changes: [
      ...triggers.filter((change) => change.kind === 'createBucket'),
      ...events.sources,
      ...perFunction.flatMap((one) => one.changes),
      // A bucket may only notify a function that exists and lets it: after the functions. And it must stop before they go.
      ...triggers.filter((change) => change.kind !== 'createBucket'),
      ...events.links,
      ...[...gone].map((name) => ({ kind: 'removeFunction', name }) as const),
    ],
    unchanged: perFunction.filter((one) => one.changes.length === 0 && !touched.has(one.name)).map((one) => one.name),
    orphans,
  };
}

function planFunction(wanted: WantedFunction, found: CurrentFunction | undefined, app: string): readonly Change[] {
  return [
    ...planCode(wanted, found),
    ...(found !== undefined && found.app !== app ? [{ kind: 'adopt', name: wanted.name } as const] : []),
    ...planConcurrency(wanted, found),
    ...planUrl(wanted, found?.url),
    ...planPermissions(wanted, found?.statementIds ?? new Set()),
  ];
}

function planCode(wanted: WantedFunction, found: CurrentFunction | undefined): readonly Change[] {
  if (found === undefined) return [{ kind: 'createFunction', wanted }];
  const settings = changedSettings(wanted, found.configuration);
  return [
    ...(found.configuration.CodeSha256 === wanted.code.sha256 ? [] : [{ kind: 'updateCode', wanted } as const]),
    ...(settings.length === 0 ? [] : [{ kind: 'updateConfiguration', wanted, settings } as const]),
  ];
}

function changedSettings({ config }: WantedFunction, found: FunctionConfiguration): readonly Setting[] {
  const variables = found.Environment?.Variables ?? {};
  const settings: readonly Setting[] = [
    { name: 'description', from: found.Description ?? '', to: config.description },
    { name: 'runtime', from: found.Runtime ?? '', to: config.runtime },
    { name: 'handler', from: found.Handler ?? '', to: handlerOf(config) },
    { name: 'memory', from: `${found.MemorySize} MiB`, to: `${config.memory} MiB` },
    { name: 'timeout', from: `${found.Timeout} s`, to: `${config.timeout} s` },
    { name: 'ephemeralStorage', from: `${found.EphemeralStorage?.Size ?? 512} MiB`, to: `${config.ephemeralStorage} MiB` },
    // A function that is durable stays so: what is left out changes nothing.
    ...(config.durable === undefined ? [] : [durableSetting(config.durable, found.DurableConfig)]),
    // Names only: values may be secrets, and this is shown.
    ...[...new Set([...Object.keys(variables), ...Object.keys(config.env)])]
      .toSorted()
      .flatMap((name) => environmentSetting(name, variables, config.env)),
  ];
  return settings.filter((setting) => setting.from !== setting.to);
}

function durableSetting(wanted: NonNullable<CheckedConfig['durable']>, found: FunctionConfiguration['DurableConfig']): Setting {
  const text = (timeout: number | undefined, days: number | undefined) => `${timeout} s, kept ${days} days`;
  const from = found === undefined ? 'no' : text(found.ExecutionTimeout, found.RetentionPeriodInDays);
  return { name: 'durable', from, to: text(wanted.timeout, wanted.retention) };
}

function environmentSetting(
  name: string,
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): readonly Setting[] {
  if (from[name] === to[name]) return [];
  const now = to[name] === undefined ? 'unset' : from[name] === undefined ? 'set' : 'changed';
  return [{ name: `env.${name}`, from: '', to: now }];
}

export function handlerOf(config: CheckedConfig): string {
  return `index.${config.handler}`;
}

function planConcurrency({ name, config }: WantedFunction, found: CurrentFunction | undefined): readonly Change[] {
  if (config.reservedConcurrency === found?.reservedConcurrency) return [];
  return [{ kind: 'setConcurrency', name, limit: config.reservedConcurrency }];
}

function planUrl({ name, config }: WantedFunction, found: FunctionUrlConfig | undefined): readonly Change[] {
  const trigger = config.on.find((one): one is CheckedHttpTrigger => 'http' in one);
  if (trigger === undefined) return found === undefined ? [] : [{ kind: 'removeUrl', name }];
  const url = urlSettings(trigger);
  const isSame =
    url.AuthType === found?.AuthType && url.InvokeMode === (found?.InvokeMode ?? 'BUFFERED') && sameCors(url.Cors, found?.Cors);
  if (found !== undefined && isSame) return [];
  return [{ kind: 'putUrl', name, url, isNew: found === undefined }];
}

function urlSettings({ auth, cors, stream }: CheckedHttpTrigger): UrlSettings {
  return {
    AuthType: auth === 'iam' ? 'AWS_IAM' : 'NONE',
    InvokeMode: stream ? 'RESPONSE_STREAM' : 'BUFFERED',
    // An empty object takes away what was set before.
    Cors: cors && {
      AllowOrigins: cors.origins,
      AllowMethods: cors.methods,
      AllowHeaders: cors.headers,
      ExposeHeaders: cors.exposeHeaders,
      AllowCredentials: cors.credentials,
      MaxAge: cors.maxAgeSeconds,
    },
  };
}

/** Left out, empty, false and 0 all mean the same. */
function sameCors(a: FunctionUrlConfig['Cors'], b: FunctionUrlConfig['Cors']): boolean {
  const canonical = (cors: FunctionUrlConfig['Cors']): string => {
    const set = Object.entries(cors ?? {}).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value)));
    return JSON.stringify(set.toSorted(([nameA], [nameB]) => (nameA < nameB ? -1 : 1)));
  };
  return canonical(a) === canonical(b);
}

export const PUBLIC_URL_STATEMENTS = { url: 'mayfly-url', invoke: 'mayfly-url-invoke' } as const;

export function bucketStatement(bucket: string): string {
  // Statement ids take letters, digits, hyphens and underscores; bucket names have dots as well.
  return `mayfly-s3-${bucket.replaceAll('.', '_')}`;
}

function planPermissions({ name, config }: WantedFunction, found: ReadonlySet<string>): readonly Change[] {
  const buckets = new Set(config.on.flatMap((one) => ('s3' in one ? [one.s3] : [])));
  return [...buckets]
    .map((bucket) => ({ kind: 'allowBucket', name, bucket, statementId: bucketStatement(bucket) }) as const)
    .filter((change) => !found.has(change.statementId));
}

/** Triggers that Mayfly made are told by their ids; anybody else's stay as they are. */
const ID_PREFIX = 'mayfly:';

function planBucket(
  bucket: string,
  found: Notifications | undefined,
  wanted: readonly WantedFunction[],
  gone: ReadonlySet<string>,
): readonly Change[] {
  const ours = wanted.flatMap((one) => triggersOf(one, bucket));
  const isNeeded = ours.length > 0 || wanted.some((one) => one.config.buckets.includes(bucket));
  const managed = new Set([...wanted.map((one) => one.name), ...gone]);
  const there = (found?.functions ?? [])
    .filter((notification) => notification.id.startsWith(ID_PREFIX))
    .map(({ functionArn, ...notification }) => ({ function: functionArn.split(':').at(6) ?? '', notification }))
    .filter((trigger) => managed.has(trigger.function));
  const added = ours.filter((one) => !there.some((other) => sameTrigger(one, other)));
  const removed = there.filter((one) => !ours.some((other) => sameTrigger(one, other)));
  return [
    ...(found === undefined && isNeeded ? [{ kind: 'createBucket', bucket } as const] : []),
    ...(added.length + removed.length > 0 ? [{ kind: 'putTriggers', bucket, added, removed } as const] : []),
  ];
}

function triggersOf({ name, config }: WantedFunction, bucket: string): readonly TriggerOf[] {
  const triggers = config.on.filter((one): one is CheckedS3Trigger => 's3' in one && one.s3 === bucket);
  return triggers.map(({ events, prefix, suffix }, index) => ({
    function: name,
    notification: { id: `${ID_PREFIX}${name}:${index}`, events: [...new Set(events)].toSorted(), prefix, suffix },
  }));
}

function sameTrigger(a: TriggerOf, b: TriggerOf): boolean {
  const canonical = ({ function: name, notification }: TriggerOf): string =>
    JSON.stringify([name, notification.id, [...notification.events].toSorted(), notification.prefix, notification.suffix]);
  return canonical(a) === canonical(b);
}
