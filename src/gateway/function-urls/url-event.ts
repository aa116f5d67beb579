// The event that a function sees of an HTTP request: payload format 2.0, written as JSON text in one go.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
// From AWS's own events: `cookie` stays among the headers beside the `cookies` array, `accountId` is "anonymous" where nobody signed.

import { isUtf8 } from 'node:buffer';

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
  readonly body: Uint8Array;
  /** Who signed; undefined for AuthType NONE. */
  readonly caller: UrlCaller | undefined;
}

export interface UrlCaller {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userArn: string;
  readonly userId: string;
}

export function urlEvent(source: UrlEventSource): string {
  const { rawPath, rawQuery, method, urlId, domainName, body } = source;
  const headers = headersOf(source);
  const { cookie, 'content-type': contentType, 'user-agent': userAgent } = headers;
  const path = quoted(rawPath);
  let text = `{"version":"2.0","routeKey":"$default","rawPath":${path},"rawQueryString":${quoted(rawQuery)}`;
  if (cookie !== undefined) text += `,"cookies":${JSON.stringify(cookie.split(/; */))}`;
  text += `,"headers":${JSON.stringify(headers)}`;
  if (rawQuery !== '') text += `,"queryStringParameters":${JSON.stringify(queryOf(rawQuery))}`;
  text += `,"requestContext":{"accountId":"${source.caller?.accountId ?? 'anonymous'}","apiId":"${urlId}"`;
  if (source.caller !== undefined) text += `,"authorizer":{"iam":${iamOf(source.caller)}}`;
  text += `,"domainName":${quoted(domainName)},"domainPrefix":"${urlId}","http":{"method":${quoted(method)},"path":${path},"protocol":"HTTP/${source.httpVersion}","sourceIp":${quoted(source.sourceIp)}`;
  if (userAgent !== undefined) text += `,"userAgent":${quoted(userAgent)}`;
  text += `},"requestId":"${source.requestId}","routeKey":"$default","stage":"$default","time":"${timeOf(source.nowMs)}","timeEpoch":${source.nowMs}}`;
  return text + bodyOf(body, contentType);
}

const quoted = (text: string) => JSON.stringify(text);

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

/** Lower-case names; what came several times is joined with a comma, as AWS joins it. */
function headersOf({ rawHeaders, caller, sourceIp, port, traceHeader }: UrlEventSource): Record<string, string | undefined> {
  // Without a prototype: a header called `__proto__` or `constructor` is a header like any other.
  const headers = Object.create(null) as Record<string, string | undefined>;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (LEFT_OUT.has(name) || (caller !== undefined && SIGNATURE.has(name))) continue;
    const value = rawHeaders[index + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : name === 'cookie' ? `${before}; ${value}` : `${before},${value}`;
  }
  // These are the platform's to say; a caller's own would be believed by frameworks.
  headers['x-forwarded-for'] = sourceIp;
  headers['x-forwarded-proto'] = 'http';
  headers['x-forwarded-port'] = String(port);
  headers['x-amzn-trace-id'] = traceHeader;
  return headers;
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

/**
 * Text for exactly these types, base64 for all others, a missing type and forms included: verified against AWS by others
 * (https://github.com/ministackorg/ministack/pull/766). What claims to be text and is no UTF-8 would not survive as a string.
 */
const TEXT = /^(text\/[^;]+|application\/(json|xml|javascript))\s*(;|$)/i;

function bodyOf(body: Uint8Array, contentType: string | undefined): string {
  if (body.byteLength === 0) return ',"isBase64Encoded":false}';
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (contentType !== undefined && TEXT.test(contentType) && isUtf8(bytes))
    return `,"body":${quoted(bytes.toString())},"isBase64Encoded":false}`;
  return `,"body":"${bytes.toString('base64')}","isBase64Encoded":true}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** Requests of one second share their time: formatting it costs as much as the rest of the event. */
const lastTime = { second: -1, text: '' };

/** `12/Mar/2026:19:03:58 +0000` */
function timeOf(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastTime.second) {
    const date = new Date(second * 1000);
    const [day, clock] = date.toISOString().split('T');
    lastTime.text = `${day?.slice(8)}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock?.slice(0, 8)} +0000`;
    lastTime.second = second;
  }
  return lastTime.text;
}
