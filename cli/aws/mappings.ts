// Lambda's event source mappings as far as the CLI calls them. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html

import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  ListEventSourceMappingsResponse,
} from '@aws-sdk/client-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { call, callIfExists, jsonOf } from '../http/client.ts';
import { encodeRfc3986 } from '../http/signer.ts';

const MAPPINGS = '/2015-03-31/event-source-mappings';
const JSON_BODY = { 'content-type': 'application/json' };

export async function listMappings(connection: Connection, name: string): Promise<readonly EventSourceMappingConfiguration[]> {
  const mappings: EventSourceMappingConfiguration[] = [];
  let marker: string | undefined;
  do {
    const query = { FunctionName: name, Marker: marker };
    const answer = await call(connection, { service: 'lambda', method: 'GET', path: `${MAPPINGS}/`, query });
    const page = jsonOf(answer) as ListEventSourceMappingsResponse;
    mappings.push(...(page.EventSourceMappings ?? []));
    marker = page.NextMarker;
  } while (marker !== undefined && marker !== '');
  return mappings;
}

export async function tagsOf(connection: Connection, arn: string): Promise<Readonly<Record<string, string>>> {
  const path = `/2017-03-31/tags/${encodeRfc3986(arn)}`;
  const answer = await callIfExists(connection, { service: 'lambda', method: 'GET', path });
  if (answer === undefined) return {};
  return (jsonOf(answer) as { readonly Tags?: Readonly<Record<string, string>> }).Tags ?? {};
}

export async function createMapping(connection: Connection, request: CreateEventSourceMappingRequest): Promise<void> {
  const body = JSON.stringify(request);
  await call(connection, { service: 'lambda', method: 'POST', path: `${MAPPINGS}/`, headers: JSON_BODY, body });
}

export async function updateMapping(
  connection: Connection,
  uuid: string,
  settings: Omit<CreateEventSourceMappingRequest, 'EventSourceArn' | 'Tags'>,
): Promise<void> {
  const path = `${MAPPINGS}/${encodeRfc3986(uuid)}`;
  await call(connection, { service: 'lambda', method: 'PUT', path, headers: JSON_BODY, body: JSON.stringify(settings) });
}

const GONE_TIMEOUT_MS = 60_000;

/** Waits until it is gone: what is under way ends first, and a queue takes no second mapping of the function meanwhile. */
export async function deleteMapping(connection: Connection, uuid: string): Promise<void> {
  const path = `${MAPPINGS}/${encodeRfc3986(uuid)}`;
  await callIfExists(connection, { service: 'lambda', method: 'DELETE', path });
  const until = Date.now() + GONE_TIMEOUT_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    if ((await callIfExists(connection, { service: 'lambda', method: 'GET', path })) === undefined) return;
    if (Date.now() > until)
      throw new Failure(`The event source mapping ${uuid} is still there after ${GONE_TIMEOUT_MS / 1000} s.`, { code: 'Timeout' });
    await delay(pauseMs);
  }
}
