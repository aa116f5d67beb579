// The request that an HTTP task sends, and what TestState shows of it and of its answer. Pure.
// https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#http-task-data-merge

import { LIMITS } from '#kernel';
import { isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';
import type { InspectedRequest, InspectedResponse } from '../inspected-http.ts';
import { formEncoded } from './form-encoding.ts';
import type { HttpParameters } from './http-parameters.ts';
import type { ConnectionAdditions, HttpAnswer, HttpRequest } from './http-port.ts';

export type PreparedRequest = {
  readonly request: Omit<HttpRequest, 'signal'>;
  readonly inspected: InspectedRequest;
};

export const NOTHING_ADDED: ConnectionAdditions = { headers: {}, query: {}, body: {} };

/** "If there are any duplicate keys, Step Functions overwrites the values in the HTTP Task with the values in the connection." */
export function prepare(
  parameters: HttpParameters,
  added: ConnectionAdditions,
  region: string,
): PreparedRequest | { readonly complaint: string } {
  const { endpoint, method, form } = parameters;
  const hasAdditions = Object.keys(added.body).length > 0;
  if (hasAdditions && parameters.body !== undefined && !isObject(parameters.body))
    return { complaint: 'The request body is no JSON object, and the connection has body parameters to add to it' };
  const body = hasAdditions ? { ...(parameters.body as JsonObject | undefined), ...added.body } : parameters.body;
  const url = mergedUrl(parameters, added);
  const headers = mergedHeaders(parameters, added, region);
  // Nobody sends one with these, and what is shown is what is sent.
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  if (hasBody && form !== undefined && !/^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type')?.[1] ?? ''))
    return { complaint: 'The header content-type must be application/x-www-form-urlencoded where the body is URL_ENCODED' };
  const text = hasBody ? bodyText(body, form) : '';
  if (text === undefined)
    return { complaint: `The request body has more than ${LIMITS.httpTaskFormCharacters} characters as a form` };
  const shown = { protocol: endpoint.protocol.slice(0, -1), method, url: url.href, headers: headersText([...headers.values()]) };
  if (hasBody && !headers.has('content-type')) headers.set('content-type', ['Content-Type', 'application/json; charset=UTF-8']);
  return {
    request: {
      method,
      url: url.href,
      headers: Object.fromEntries(headers.values()),
      body: Buffer.from(text),
      timeoutMs: LIMITS.httpTaskTimeoutMs,
      answerBytes: LIMITS.statePayloadBytes,
    },
    inspected: hasBody ? { ...shown, body: text } : shown,
  };
}

function mergedUrl({ endpoint, query }: HttpParameters, added: ConnectionAdditions): URL {
  const url = new URL(endpoint);
  for (const [name, value] of query) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(added.query)) url.searchParams.set(name, value);
  return url;
}

type Header = readonly [name: string, value: string];

/** By lower-case name; values of one name are a list. */
function mergedHeaders(parameters: HttpParameters, added: ConnectionAdditions, region: string): Map<string, Header> {
  const headers = new Map<string, Header>();
  for (const [name, value] of parameters.headers) {
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? [name, value] : [before[0], `${before[1]}, ${value}`]);
  }
  const own = { 'User-Agent': `Amazon|StepFunctions|HttpInvoke|${region}`, Range: `bytes=0-${LIMITS.statePayloadBytes}` };
  for (const [name, value] of [...Object.entries(added.headers), ...Object.entries(own)])
    headers.set(name.toLowerCase(), [name, value]);
  return headers;
}

/** A text goes as it is. Undefined where a form is too long. */
function bodyText(body: Json, form: HttpParameters['form']): string | undefined {
  if (typeof body === 'string') return body;
  return form !== undefined && isObject(body) ? formEncoded(body, form, LIMITS.httpTaskFormCharacters) : JSON.stringify(body);
}

type Answered = Extract<HttpAnswer, { kind: 'answered' }>;

export function inspectedResponse(protocol: string, { status, statusText, headers, content }: Answered): InspectedResponse {
  return {
    protocol,
    statusCode: String(status),
    statusMessage: statusText,
    headers: headersText(headers.flatMap(([name, values]) => values.map((value) => [name, value] as const))),
    body: Buffer.from(content).toString(),
  };
}

function headersText(headers: readonly Header[]): string {
  return `[${headers.map(([name, value]) => `${name}: ${value}`).join(', ')}]`;
}
