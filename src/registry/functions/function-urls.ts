// Function URLs: one for the function and one for each alias, under an id that stays the same for its whole life.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html

import type { Cors, CreateFunctionUrlConfigRequest, UpdateFunctionUrlConfigRequest } from '@aws-sdk/client-lambda';
import type { Clock, FunctionName, Random, Scope } from '#kernel';
import type { Resource, ResourceChange } from '#store';
import { documents } from '../documents.ts';
import { functionArn, LATEST } from '../function-reference.ts';
import type { FunctionTarget, FunctionUrlAuth, FunctionUrlCors, FunctionUrlInvokeMode } from '../invocable.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import { conflict, constraintViolated, refusal, resourceNotFound } from '../refusals.ts';
import { put, qualifiedKey, remove, urlIdKey } from './function-documents.ts';
import type { FunctionStore } from './function-store.ts';
import { refuseWithTenantIsolation } from './tenant-isolation.ts';

export interface FunctionUrlRecord {
  readonly urlId: string;
  /** Null for the function itself. */
  readonly qualifier: string | null;
  readonly authType: FunctionUrlAuth;
  /** Records that were made before there was a choice have none: they buffer. */
  readonly invokeMode?: FunctionUrlInvokeMode;
  readonly cors: FunctionUrlCors | null;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/** What the id of a URL leads to. */
export interface UrlOwner {
  readonly scope: Scope;
  readonly name: FunctionName;
  readonly qualifier: string | null;
}

export interface FunctionUrlDependencies {
  readonly functions: FunctionStore;
  readonly clock: Clock;
  readonly random: Random;
}

export type NewFunctionUrl = Readonly<Pick<CreateFunctionUrlConfigRequest, 'Cors' | 'InvokeMode'>> & { readonly AuthType: string };
export type FunctionUrlUpdate = Readonly<Pick<UpdateFunctionUrlConfigRequest, 'AuthType' | 'Cors' | 'InvokeMode'>>;

const ALIAS = /^(?!\d+$)[0-9a-zA-Z_-]{1,128}$/;
const URL_ID_LENGTH = 32;
const METHODS: ReadonlySet<string> = new Set(['*', 'GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);
const LIST_LENGTH_MAX = 100;
const MAX_AGE_SECONDS_MAX = 86_400;

const functionMissing = () => refusal('ResourceNotFoundException', 'Function does not exist');
const urlOf = (resource: Resource) => resource.body as unknown as FunctionUrlRecord;

export function createUrl(
  deps: FunctionUrlDependencies,
  scope: Scope,
  target: FunctionTarget,
  request: NewFunctionUrl,
): Promise<FunctionUrlRecord> {
  const { name } = target;
  const qualifier = aliasIn(target);
  const key = qualifiedKey(scope, 'function-url', name, qualifier);
  return deps.functions.change(scope, name, {
    missing: functionMissing,
    async decide(record) {
      if (
        qualifier !== undefined &&
        (await deps.functions.resources.get(qualifiedKey(scope, 'alias', name, qualifier))) === undefined
      )
        throw functionMissing();
      if ((await deps.functions.resources.get(key)) !== undefined)
        throw conflict(
          `Failed to create function url config for [functionArn = ${functionArn(scope, name, qualifier)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        );
      refuseWithTenantIsolation(record, 'A function URL');
      const nowMs = deps.clock.now();
      const url: FunctionUrlRecord = {
        urlId: newUrlId(deps.random),
        qualifier: qualifier ?? null,
        authType: authTypeOf(request.AuthType),
        invokeMode: invokeModeOf(request.InvokeMode ?? 'BUFFERED'),
        cors: corsOf(request.Cors),
        createdAtMs: nowMs,
        modifiedAtMs: nowMs,
      };
      const owner: UrlOwner = { scope, name, qualifier: url.qualifier };
      return { kind: 'change', record, also: [put(key, url, 'absent'), put(urlIdKey(url.urlId), owner, 'absent')], result: url };
    },
  });
}

export async function getUrl(
  { functions }: FunctionUrlDependencies,
  scope: Scope,
  target: FunctionTarget,
): Promise<FunctionUrlRecord> {
  const found = await functions.resources.get(qualifiedKey(scope, 'function-url', target.name, aliasIn(target)));
  if (found === undefined) throw resourceNotFound();
  return urlOf(found);
}

export function updateUrl(
  deps: FunctionUrlDependencies,
  scope: Scope,
  target: FunctionTarget,
  request: FunctionUrlUpdate,
): Promise<FunctionUrlRecord> {
  const { name } = target;
  const qualifier = aliasIn(target);
  return deps.functions.change(scope, name, {
    missing: functionMissing,
    async decide(record) {
      if (
        qualifier !== undefined &&
        (await deps.functions.resources.get(qualifiedKey(scope, 'alias', name, qualifier))) === undefined
      )
        throw functionMissing();
      const previous = await getUrl(deps, scope, target);
      const url: FunctionUrlRecord = {
        ...previous,
        authType: request.AuthType === undefined ? previous.authType : authTypeOf(request.AuthType),
        invokeMode: request.InvokeMode === undefined ? invokeModeIn(previous) : invokeModeOf(request.InvokeMode),
        cors: request.Cors === undefined ? previous.cors : corsOf(request.Cors),
        modifiedAtMs: deps.clock.now(),
      };
      return { kind: 'change', record, also: [put(qualifiedKey(scope, 'function-url', name, qualifier), url)], result: url };
    },
  });
}

export function deleteUrl(deps: FunctionUrlDependencies, scope: Scope, target: FunctionTarget): Promise<void> {
  const qualifier = aliasIn(target);
  return deps.functions.change<void>(scope, target.name, {
    missing: resourceNotFound,
    async decide(record) {
      const also = await removeUrl(deps.functions, scope, target.name, qualifier);
      if (also.length === 0) throw resourceNotFound();
      return { kind: 'change', record, also, result: undefined };
    },
  });
}

/** The URL of the function itself first. */
export async function listUrls(
  { functions }: FunctionUrlDependencies,
  scope: Scope,
  name: FunctionName,
  request: PageRequest,
): Promise<Page<FunctionUrlRecord>> {
  if ((await functions.find(scope, name)) === undefined) throw functionMissing();
  return pageOf(request, async function* urls(after) {
    const from = after === undefined ? undefined : `${name}/${after}`;
    for await (const found of documents(functions.resources, { scope, kind: 'function-url', prefix: `${name}/`, after: from })) {
      const url = urlOf(found);
      yield { name: url.qualifier ?? LATEST, item: url };
    }
  });
}

/** The changes that end a URL; none where there is none. */
export async function removeUrl(
  functions: FunctionStore,
  scope: Scope,
  name: FunctionName,
  qualifier: string | undefined,
): Promise<readonly ResourceChange[]> {
  const key = qualifiedKey(scope, 'function-url', name, qualifier);
  const found = await functions.resources.get(key);
  return found === undefined ? [] : [remove(key), remove(urlIdKey(urlOf(found).urlId))];
}

function aliasIn({ qualifier }: FunctionTarget): string | undefined {
  if (qualifier !== undefined && !ALIAS.test(qualifier))
    throw constraintViolated(
      'qualifier',
      qualifier,
      'Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)',
    );
  return qualifier;
}

/** Lower-case letters and digits, as part of a host name; 32 of them are some 160 bits. */
function newUrlId(random: Random): string {
  return Array.from(random.bytes(URL_ID_LENGTH), (byte) => (byte % 32).toString(32)).join('');
}

function authTypeOf(authType: string): FunctionUrlAuth {
  if (authType === 'NONE' || authType === 'AWS_IAM') return authType;
  throw constraintViolated('authType', authType, 'Member must satisfy enum value set: [NONE, AWS_IAM]');
}

function invokeModeOf(mode: string): FunctionUrlInvokeMode {
  if (mode === 'BUFFERED' || mode === 'RESPONSE_STREAM') return mode;
  throw constraintViolated('invokeMode', mode, 'Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]');
}

export function invokeModeIn({ invokeMode = 'BUFFERED' }: FunctionUrlRecord): FunctionUrlInvokeMode {
  return invokeMode;
}

function corsOf(cors: Cors | undefined): FunctionUrlCors | null {
  if (cors === undefined || Object.keys(cors).length === 0) return null;
  const lists = {
    allowHeaders: cors.AllowHeaders,
    allowMethods: cors.AllowMethods,
    allowOrigins: cors.AllowOrigins,
    exposeHeaders: cors.ExposeHeaders,
  };
  for (const [member, list] of Object.entries(lists))
    if ((list?.length ?? 0) > LIST_LENGTH_MAX)
      throw constraintViolated(
        `cors.${member}`,
        `${list?.length} items`,
        `Member must have length less than or equal to ${LIST_LENGTH_MAX}`,
      );
  const unknown = cors.AllowMethods?.find((method) => !METHODS.has(method));
  if (unknown !== undefined)
    throw constraintViolated('cors.allowMethods', unknown, `Member must satisfy enum value set: [${[...METHODS].join(', ')}]`);
  const maxAgeSeconds = cors.MaxAge;
  if (
    maxAgeSeconds !== undefined &&
    !(Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0 && maxAgeSeconds <= MAX_AGE_SECONDS_MAX)
  )
    throw constraintViolated('cors.maxAge', String(maxAgeSeconds), `Member must have value between 0 and ${MAX_AGE_SECONDS_MAX}`);
  return { ...lists, allowCredentials: cors.AllowCredentials, maxAgeSeconds };
}
