// Signs a request with AWS Signature Version 4, in its header form.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface RequestToSign {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded once, as it goes onto the wire. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface SigningScope {
  readonly service: string;
  readonly region: string;
  readonly now: Date;
}

export interface PresignScope extends SigningScope {
  /** At most seven days. */
  readonly expiresSeconds: number;
}

/** @returns All headers to send: those given, plus date, body hash, token and authorization. */
export function sign(
  request: RequestToSign,
  credentials: Credentials,
  { service, region, now }: SigningScope,
): Record<string, string> {
  const timestamp = timestampOf(now);
  const bodyHash = sha256(request.body ?? new Uint8Array());
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': bodyHash,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).toSorted();
  const canonicalRequest = [
    request.method,
    // Every service but S3 signs the path encoded a second time.
    service === 's3' ? request.path : request.path.split('/').map(encodeRfc3986).join('/'),
    encodeQuery(request.query),
    ...names.map((name) => `${name}:${headers[name]?.trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = scopeOf(timestamp, region, service);
  const signature = signatureOf(canonicalRequest, { timestamp, scope, secret: credentials.secretAccessKey });
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

/**
 * A URL that anybody may GET for a while, without a key: S3's presigned form.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presignedUrl(
  endpoint: URL,
  path: string,
  credentials: Credentials,
  { service, region, now, expiresSeconds }: PresignScope,
): string {
  const timestamp = timestampOf(now);
  const scope = scopeOf(timestamp, region, service);
  const query = encodeQuery([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ]);
  const canonicalRequest = ['GET', path, query, `host:${endpoint.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const signature = signatureOf(canonicalRequest, { timestamp, scope, secret: credentials.secretAccessKey });
  return `${endpoint.origin}${path}?${query}&X-Amz-Signature=${signature}`;
}

/** Sorted and encoded: the same text serves as canonical query and on the wire. */
export function encodeQuery(query: RequestToSign['query']): string {
  return query
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map((pair) => pair.join('='))
    .join('&');
}

export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function timestampOf(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function scopeOf(timestamp: string, region: string, service: string): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

function signatureOf(
  canonicalRequest: string,
  { timestamp, scope, secret }: { timestamp: string; scope: string; secret: string },
): string {
  const stringToSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, stringToSign).toString('hex');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
