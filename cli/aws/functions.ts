// Lambda's API as far as the CLI calls it. https://docs.aws.amazon.com/lambda/latest/api/

import type {
  AddPermissionRequest,
  CreateFunctionRequest,
  FunctionConfiguration,
  FunctionUrlConfig,
  GetFunctionResponse,
  ListFunctionsResponse,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { call, callIfExists, jsonOf } from '../http/client.ts';
import type { Call } from '../http/client.ts';
import { encodeRfc3986 } from '../http/signer.ts';

const FUNCTIONS = '/2015-03-31/functions';
const URLS = '/2021-10-31/functions';

const pathOf = (name: string): string => `${FUNCTIONS}/${encodeRfc3986(name)}`;

function jsonCall(method: string, path: string, body?: unknown): Call {
  if (body === undefined) return { service: 'lambda', method, path };
  return { service: 'lambda', method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export async function getFunction(connection: Connection, name: string): Promise<GetFunctionResponse | undefined> {
  const answer = await callIfExists(connection, jsonCall('GET', pathOf(name)));
  return answer && (jsonOf(answer) as GetFunctionResponse);
}

export async function listFunctions(connection: Connection): Promise<readonly FunctionConfiguration[]> {
  const functions: FunctionConfiguration[] = [];
  let marker: string | undefined;
  do {
    const answer = await call(connection, { service: 'lambda', method: 'GET', path: `${FUNCTIONS}/`, query: { Marker: marker } });
    const page = jsonOf(answer) as ListFunctionsResponse;
    functions.push(...(page.Functions ?? []));
    marker = page.NextMarker;
  } while (marker !== undefined && marker !== '');
  return functions;
}

/** `ZipFile` is base64 text here, as on the wire. */
export type CreateFunction = Omit<CreateFunctionRequest, 'Code'> & { readonly Code: { readonly ZipFile: string } };

export async function createFunction(connection: Connection, request: CreateFunction): Promise<void> {
  await call(connection, jsonCall('POST', FUNCTIONS, request));
  await settled(connection, request.FunctionName ?? '');
}

export async function updateCode(connection: Connection, name: string, zip: Uint8Array): Promise<void> {
  await call(connection, jsonCall('PUT', `${pathOf(name)}/code`, { ZipFile: Buffer.from(zip).toString('base64') }));
  await settled(connection, name);
}

export async function updateConfiguration(
  connection: Connection,
  name: string,
  settings: Omit<UpdateFunctionConfigurationRequest, 'FunctionName'>,
): Promise<void> {
  await call(connection, jsonCall('PUT', `${pathOf(name)}/configuration`, settings));
  await settled(connection, name);
}

export async function deleteFunction(connection: Connection, name: string): Promise<boolean> {
  return (await callIfExists(connection, jsonCall('DELETE', pathOf(name)))) !== undefined;
}

const SETTLE_TIMEOUT_MS = 60_000;

/** A function is changed in the background: the next change and the first call have to wait for it. */
async function settled(connection: Connection, name: string): Promise<void> {
  const until = Date.now() + SETTLE_TIMEOUT_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    const answer = await call(connection, jsonCall('GET', `${pathOf(name)}/configuration`));
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = jsonOf(answer) as FunctionConfiguration;
    if (State === 'Failed') throw new Failure(`The function ${name} failed: ${StateReason}`, { code: 'FunctionFailed' });
    if (LastUpdateStatus === 'Failed')
      throw new Failure(`Updating ${name} failed: ${LastUpdateStatusReason}`, { code: 'UpdateFailed' });
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return;
    if (Date.now() > until)
      throw new Failure(`The function ${name} is still ${State} after ${SETTLE_TIMEOUT_MS / 1000} s.`, { code: 'Timeout' });
    await delay(pauseMs);
  }
}

/** @param limit undefined removes the limit. */
export async function setReservedConcurrency(connection: Connection, name: string, limit: number | undefined): Promise<void> {
  const path = `/2017-10-31/functions/${encodeRfc3986(name)}/concurrency`;
  await call(
    connection,
    limit === undefined ? jsonCall('DELETE', path) : jsonCall('PUT', path, { ReservedConcurrentExecutions: limit }),
  );
}

export async function tagFunction(connection: Connection, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await call(connection, jsonCall('POST', `/2017-03-31/tags/${encodeRfc3986(arn)}`, { Tags: tags }));
}

export type UrlSettings = Pick<FunctionUrlConfig, 'AuthType' | 'Cors' | 'InvokeMode'>;

export async function getUrl(connection: Connection, name: string): Promise<FunctionUrlConfig | undefined> {
  const answer = await callIfExists(connection, jsonCall('GET', `${URLS}/${encodeRfc3986(name)}/url`));
  return answer && (jsonOf(answer) as FunctionUrlConfig);
}

export async function putUrl(
  connection: Connection,
  name: string,
  settings: UrlSettings,
  isNew: boolean,
): Promise<FunctionUrlConfig> {
  return jsonOf(
    await call(connection, jsonCall(isNew ? 'POST' : 'PUT', `${URLS}/${encodeRfc3986(name)}/url`, settings)),
  ) as FunctionUrlConfig;
}

export async function deleteUrl(connection: Connection, name: string): Promise<void> {
  await callIfExists(connection, jsonCall('DELETE', `${URLS}/${encodeRfc3986(name)}/url`));
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Condition?: { readonly ArnLike?: { readonly 'AWS:SourceArn'?: string } };
}

export async function getPolicy(connection: Connection, name: string): Promise<readonly PolicyStatement[]> {
  const answer = await callIfExists(connection, jsonCall('GET', `${pathOf(name)}/policy`));
  if (answer === undefined) return [];
  const { Policy } = jsonOf(answer) as { readonly Policy: string };
  return (JSON.parse(Policy) as { readonly Statement: readonly PolicyStatement[] }).Statement;
}

export async function addPermission(
  connection: Connection,
  name: string,
  permission: Omit<AddPermissionRequest, 'FunctionName'>,
): Promise<void> {
  await call(connection, jsonCall('POST', `${pathOf(name)}/policy`, permission));
}

export async function removePermission(connection: Connection, name: string, statementId: string): Promise<void> {
  await callIfExists(connection, jsonCall('DELETE', `${pathOf(name)}/policy/${encodeRfc3986(statementId)}`));
}

export type InvocationType = 'RequestResponse' | 'Event';

export interface Invocation {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly type: InvocationType;
  readonly qualifier?: string;
  readonly logTail: boolean;
}

export interface InvocationAnswer {
  readonly requestId: string;
  readonly payload: Buffer;
  /** `Handled` or `Unhandled` where the function failed. */
  readonly functionError: string | undefined;
  readonly executedVersion: string | undefined;
  /** Of a durable function: what the call has begun, or joined. */
  readonly durableExecutionArn: string | undefined;
  readonly logTail: string | undefined;
}

/** A function may run for 15 minutes; a little more, so that the platform's answer comes first. */
const INVOKE_TIMEOUT_MS = 910_000;

export async function invoke(
  connection: Connection,
  { name, payload, type, qualifier, logTail }: Invocation,
): Promise<InvocationAnswer> {
  const { headers, body } = await call(connection, {
    service: 'lambda',
    method: 'POST',
    path: `${pathOf(name)}/invocations`,
    query: { Qualifier: qualifier },
    headers: { 'x-amz-invocation-type': type, ...(logTail && { 'x-amz-log-type': 'Tail' }) },
    body: payload,
    timeoutMs: INVOKE_TIMEOUT_MS,
  });
  const text = (header: string): string | undefined => headers[header]?.toString();
  const tail = text('x-amz-log-result');
  return {
    requestId: text('x-amzn-requestid') ?? '',
    payload: body,
    functionError: text('x-amz-function-error'),
    executedVersion: text('x-amz-executed-version'),
    durableExecutionArn: text('x-amz-durable-execution-arn'),
    logTail: tail === undefined ? undefined : Buffer.from(tail, 'base64').toString('utf8'),
  };
}
