// The parameters of an HTTP task, checked. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html

import { isArray, isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';
import { COMPLAINTS, complainOfUnknown, textParameter } from '../task-failure.ts';
import { ARRAY_FORMATS } from './form-encoding.ts';
import type { ArrayFormat } from './form-encoding.ts';

export type HttpParameters = {
  readonly endpoint: URL;
  readonly method: string;
  readonly connectionArn: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly body: Json | undefined;
  /** Undefined: the body goes as JSON. */
  readonly form: ArrayFormat | undefined;
};

const KNOWN: ReadonlySet<string> = new Set([
  'ApiEndpoint',
  'Authentication',
  'Headers',
  'InvocationConfig',
  'Method',
  'QueryParameters',
  'RequestBody',
  'Transform',
]);

const METHODS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** "You can't use the following headers in your HTTP Task definition. If you use these headers, the HTTP Task fails with the States.Runtime error." */
const FORBIDDEN =
  /^(?:a-im|accept-(?:charset|datetime|encoding)|authorization|cache-control|connection|content-encoding|content-md5|date|expect|forwarded|from|host|http2-settings|if-(?:match|modified-since|none-match|range|unmodified-since)|max-forwards|origin|pragma|proxy-authorization|referer|server|te|trailer|transfer-encoding|upgrade|via|warning|x-forwarded-.*|x-amz-.*|x-amzn-.*)$/i;

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export function readHttpParameters(input: Json): HttpParameters | { readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  const parameters = isObject(input) ? input : {};
  complainOfUnknown(parameters, KNOWN, complaints);
  const endpoint = endpointOf(textParameter(parameters, 'ApiEndpoint', complaints, { isRequired: true }), complaints);
  const method = textParameter(parameters, 'Method', complaints, { isRequired: true });
  if (method !== undefined && !METHODS.has(method)) complaints.push(COMPLAINTS.format('Method'));
  const connectionArn = connectionOf(parameters, complaints);
  const headers = headersOf(parameters['Headers'], complaints);
  const query = queryOf(parameters['QueryParameters'], complaints);
  const form = formOf(parameters['Transform'], complaints);
  if (complaints.length > 0 || endpoint === undefined || method === undefined || connectionArn === undefined) return { complaints };
  return { endpoint, method, connectionArn, headers, query, body: parameters['RequestBody'] ?? undefined, form };
}

/** AWS takes https alone; here it is as for API destinations, since servers on the operator's own network may have no certificate. */
function endpointOf(text: string | undefined, complaints: string[]): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  complaints.push(COMPLAINTS.format('ApiEndpoint'));
  return undefined;
}

function connectionOf(parameters: JsonObject, complaints: string[]): string | undefined {
  const { InvocationConfig: config, Authentication: authentication } = parameters;
  const given = config ?? authentication;
  if (isObject(given)) return textParameter(given, 'ConnectionArn', complaints, { isRequired: true });
  complaints.push(given === undefined ? COMPLAINTS.missing('InvocationConfig') : COMPLAINTS.type('InvocationConfig', 'an OBJECT'));
  return undefined;
}

function headersOf(given: Json | undefined, complaints: string[]): HttpParameters['headers'] {
  const headers = pairsOf(given, 'Headers', complaints);
  for (const [name, value] of headers) {
    if (FORBIDDEN.test(name)) complaints.push(`The header '${name}' cannot be used in an HTTP Task`);
    else if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) complaints.push(COMPLAINTS.format('Headers'));
  }
  return headers;
}

function queryOf(given: Json | undefined, complaints: string[]): HttpParameters['query'] {
  if (typeof given === 'string') return [...new URLSearchParams(given)];
  return pairsOf(given, 'QueryParameters', complaints);
}

/** An object of values, each one or a list of them; or a list of such objects. */
function pairsOf(given: Json | undefined, field: string, complaints: string[]): (readonly [string, string])[] {
  if (given === undefined || given === null) return [];
  if (isArray(given)) return given.flatMap((item) => pairsOf(item, field, complaints));
  if (!isObject(given)) {
    complaints.push(COMPLAINTS.format(field));
    return [];
  }
  return Object.entries(given).flatMap(([name, value]) => {
    const values = isArray(value) ? value : [value];
    const texts = values.flatMap((item) => (typeof item === 'object' ? [] : [String(item)]));
    if (texts.length < values.length) complaints.push(COMPLAINTS.format(field));
    return texts.map((text) => [name, text] as const);
  });
}

function formOf(given: Json | undefined, complaints: string[]): ArrayFormat | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isObject(given)) {
    complaints.push(COMPLAINTS.type('Transform', 'an OBJECT'));
    return undefined;
  }
  const encoding = textParameter(given, 'RequestBodyEncoding', complaints) ?? 'NONE';
  const options = given['RequestEncodingOptions'];
  const format = (isObject(options) ? textParameter(options, 'ArrayFormat', complaints) : undefined) ?? 'INDICES';
  if (encoding !== 'NONE' && encoding !== 'URL_ENCODED') complaints.push(COMPLAINTS.format('RequestBodyEncoding'));
  const known = ARRAY_FORMATS.find((candidate) => candidate === format);
  if (known === undefined) complaints.push(COMPLAINTS.format('ArrayFormat'));
  return encoding === 'URL_ENCODED' ? known : undefined;
}
