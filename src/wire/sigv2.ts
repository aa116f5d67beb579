// Signature Version 2 in presigned URLs of S3: what `aws s3 presign` of the CLI's first version and boto3 still make by default.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html

import { createHmac, timingSafeEqual } from 'node:crypto';
import { findQuery, headerText } from './http.ts';
import type { WireRequest } from './http.ts';

export interface PresignedV2Claim {
  readonly accessKeyId: string;
  readonly signature: string;
  /** Epoch seconds. */
  readonly expires: number;
  readonly sessionToken: string | undefined;
}

/** Undefined where the URL has no such signature, or no readable one. */
export function readPresignedV2({ query }: WireRequest): PresignedV2Claim | undefined {
  const accessKeyId = findQuery(query, 'AWSAccessKeyId');
  const signature = findQuery(query, 'Signature');
  const expires = findQuery(query, 'Expires');
  if (accessKeyId === undefined || signature === undefined || expires === undefined || !/^\d{1,12}$/.test(expires))
    return undefined;
  return { accessKeyId, signature, expires: Number(expires), sessionToken: findQuery(query, 'x-amz-security-token') };
}

/** The parameters that name a sub-resource or change the answer; all others are outside the signature. */
const SIGNED_PARAMETERS: ReadonlySet<string> = new Set(
  (
    'accelerate acl analytics cors defaultObjectAcl delete encryption inventory lifecycle location logging metrics notification object-lock ' +
    'ownershipControls partNumber policy policyStatus publicAccessBlock replication requestPayment restore retention legal-hold select select-type ' +
    'tagging torrent uploadId uploads versionId versioning versions website response-cache-control response-content-disposition ' +
    'response-content-encoding response-content-language response-content-type response-expires'
  ).split(' '),
);

/** `resource` is the path with the bucket in front, encoded as it came: `/bucket/a%20key`. */
export function verifyPresignedV2(claim: PresignedV2Claim, secret: string, request: WireRequest, resource: string): boolean {
  const expected = createHmac('sha1', secret)
    .update(stringToSign(claim, request, resource), 'utf8')
    .digest('base64');
  const given = Buffer.from(claim.signature, 'utf8');
  const wanted = Buffer.from(expected, 'utf8');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function stringToSign(claim: PresignedV2Claim, request: WireRequest, resource: string): string {
  // boto3 moves the headers that it signed into the query.
  const find = (name: string) => findQuery(request.query, name) ?? request.headers[name] ?? '';
  const amz = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith('x-amz-') && value !== undefined) amz.set(name, headerText(value).trim());
  }
  for (const [name, value] of request.query) if (name.startsWith('x-amz-')) amz.set(name, value);
  const amzHeaders = [...amz].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
  const parameters = request.query
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
  const lines = [request.method, find('content-md5'), find('content-type'), String(claim.expires)];
  return `${lines.join('\n')}\n${amzHeaders.join('')}${resource}${parameters === '' ? '' : `?${parameters}`}`;
}
