// The event that a function sees of an HTTP request: payload format 2.0, written as JSON text in one go.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
// From AWS's own events: `cookie` stays among the headers beside the `cookies` array, `accountId` is "anonymous" where nobody signed.

import { perSecond } from '#kernel';
import { withBody } from './url-event-body.ts';

export interface UrlEventSource {
  readonly requestId: string;
  readonly nowMs: number;
  readonly urlId: string;
  readonly domainName: string;
  readonly method: string;
  readonly httpVersion: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names and values in turn, as Node keeps them. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly port: number;
  readonly traceHeader: string;
  /** In the parts in which it came. */
  readonly body: readonly Uint8Array[];
  /** Who signed; undefined for AuthType NONE. */
  readonly caller: UrlCaller | undefined;
}

export interface UrlCaller {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** The event as JSON text, in UTF-8. */
export function urlEvent(source: UrlEventSource): Buffer {
  const { rawPath, rawQuery, method, urlId, domainName, body } = source;
  const { names, values } = headersOf(source);
  const headerOf = (name: string) => values[names.indexOf(name)];
  const cookie = headerOf('cookie');
  const userAgent = headerOf('user-agent');
  const path = quoted(rawPath);
  let text = `{"version":"2.0","routeKey":"$default","rawPath":${path},"rawQueryString":${quoted(rawQuery)}`;
  if (cookie !== undefined) text += `,"cookies":${JSON.stringify(cookie.split(/; */))}`;
  text += `,"headers":{${quoted(names[0] ?? '')}:${quoted(values[0] ?? '')}`;
  for (let index = 1; index < names.length; index++) text += `,${quoted(names[index] ?? '')}:${quoted(values[index] ?? '')}`;
  text += '}';
  if (rawQuery !== '') text += `,"queryStringParameters":${JSON.stringify(queryOf(rawQuery))}`;
  text += `,"requestContext":{"accountId":"${source.caller?.accountId ?? 'anonymous'}","apiId":"${urlId}"`;
  if (source.caller !== undefined) text += `,"authorizer":{"iam":${iamOf(source.caller)}}`;
  text += `,"domainName":${quoted(domainName)},"domainPrefix":"${urlId}","http":{"method":${quoted(method)},"path":${path},"protocol":"HTTP/${source.httpVersion}","sourceIp":${quoted(source.sourceIp)}`;
  if (userAgent !== undefined) text += `,"userAgent":${quoted(userAgent)}`;
  text += `},"requestId":"${source.requestId}","routeKey":"$default","stage":"$default","time":"${timeOf(source.nowMs)}","timeEpoch":${source.nowMs}}`;
  return withBody(text, body, headerOf('content-type'));
}

// oxlint-disable-next-line no-control-regex -- what JSON escapes, and what JSON.stringify judges better (lone surrogates)
const ESCAPED = /["\\\x00-\x1f\x7f-\uffff]/;

/** Nearly all texts of a request are plain, and one look costs a third of JSON.stringify. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Of one connection, not of the request; and a signature, which would let the function act as its caller for a while. */
const LEFT_OUT = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const SIGNATURE = new Set(['authorization', 'x-amz-security-token']);

/** These are the platform's to say; a caller's own would be believed by frameworks. */
const OURS = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', 'x-amzn-trace-id']);

/** Lower-case names and their values, side by side; what came several times is joined with a comma, as AWS joins it. */
function headersOf({ rawHeaders, caller, sourceIp, port, traceHeader }: UrlEventSource) {
  const names: string[] = [];
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (LEFT_OUT.has(name) || OURS.has(name) || (caller !== undefined && SIGNATURE.has(name))) continue;
    const value = rawHeaders[index + 1] ?? '';
    const at = names.length > FEW ? -1 : names.indexOf(name);
    if (at < 0) {
      names.push(name);
      values.push(value);
    } else values[at] = joined(name, values[at] ?? '', value);
  }
  if (names.length > FEW) joinAll(names, values);
  names.push('x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', 'x-amzn-trace-id');
  values.push(sourceIp, 'http', String(port), traceHeader);
  return { names, values };
}

/** Up to here a look through a list costs less than a map; beyond it, it would cost its square. */
const FEW = 32;

function joined(name: string, before: string, value: string): string {
  return name === 'cookie' ? `${before}; ${value}` : `${before},${value}`;
}

function joinAll(names: string[], values: string[]): void {
  const merged = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const before = merged.get(name);
    const value = values[index] ?? '';
    merged.set(name, before === undefined ? value : joined(name, before, value));
  }
  names.splice(0, Infinity, ...merged.keys());
  values.splice(0, Infinity, ...merged.values());
}

/** Decoded; what came several times is joined with a comma. */
function queryOf(rawQuery: string): Record<string, string> {
  const parameters = Object.create(null) as Record<string, string>;
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1));
    const before = parameters[name];
    parameters[name] = before === undefined ? value : `${before},${value}`;
  }
  return parameters;
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // A stray percent sign is the function's to judge: it has rawQueryString too.
  }
}

function iamOf({ accountId, accessKeyId, userArn, userId }: UrlCaller): string {
  return JSON.stringify({
    accessKey: accessKeyId,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn,
    userId,
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `12/Mar/2026:19:03:58 +0000`; formatting it costs as much as the rest of the event. */
const timeOf = perSecond((second) => {
  const date = new Date(second * 1000);
  const [day, clock] = date.toISOString().split('T');
  return `${day?.slice(8)}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock?.slice(0, 8)} +0000`;
});
