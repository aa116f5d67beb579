// Signs requests as a client would, written from AWS's description alone, so that it agrees with the verifier by nothing but that.

import { createHash, createHmac } from 'node:crypto';

export interface UnsignedRequest {
  readonly method: string;
  /** With its query, already encoded. */
  readonly url: string;
  /** Lower-case names; `host` must be there. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly service: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly nowMs: number;
  /** In place of the body's hash: `UNSIGNED-PAYLOAD`. */
  readonly payloadHash?: string;
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Uint8Array | string, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** All headers of the request, with those of the signature. */
export function signRequest(request: UnsignedRequest): Record<string, string> {
  const { method, url, service, accessKeyId, secretAccessKey, sessionToken, nowMs, body = '' } = request;
  const amzDate = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${amzDate.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const payloadHash = request.payloadHash ?? sha256(body);
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': amzDate, 'x-amz-content-sha256': payloadHash };
  if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
  const signedHeaders = Object.keys(headers).sort().join(';');
  const [path = '/', query = ''] = url.split('?');
  const canonical = [
    method,
    service === 's3' ? path : path.split('/').map(encode).join('/'),
    query.split('&').filter(Boolean).map(canonicalPair).sort().join('&'),
    ...Object.keys(headers)
      .sort()
      .map((name) => `${name}:${headers[name]}`),
    '',
    signedHeaders,
    payloadHash,
  ].join('\n');
  let key: Uint8Array = hmac(`AWS4${secretAccessKey}`, amzDate.slice(0, 8));
  for (const part of ['us-east-1', service, 'aws4_request']) key = hmac(key, part);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

function canonicalPair(pair: string): string {
  return pair.includes('=') ? pair : `${pair}=`;
}
