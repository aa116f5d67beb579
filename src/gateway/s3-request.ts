// What is S3's alone in a request: the bucket in host or path, and the headers that a presigned URL or a chunked body displaces.

import type { Operation, WireRequest } from '#wire';

export interface S3Location {
  readonly bucket: string | undefined;
  /** Without the bucket, encoded as it came. */
  readonly path: string;
  /** With the bucket, whichever way it was said: errors show it, and signature version 2 signs it. */
  readonly resource: string;
}

export function locate(path: string, hostBucket: string | undefined): S3Location {
  if (hostBucket !== undefined) return { bucket: hostBucket, path, resource: `/${hostBucket}${path}` };
  const end = path.indexOf('/', 1);
  const segment = end === -1 ? path.slice(1) : path.slice(1, end);
  if (segment === '') return { bucket: undefined, path, resource: path };
  return { bucket: decoded(segment), path: end === -1 ? '/' : path.slice(end), resource: path };
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no bucket has a percent sign: it will not be found
  }
}

/** Parameters of the signature itself; the other x-amz- parameters of a presigned URL stand for headers. */
const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-security-token',
]);

/**
 * The headers as S3 means them. A presigner cannot know the body, so that the checksums which the JS SDK computes of an empty one and puts
 * into the URL are not believed. A chunked body's own length and encoding stand in headers of their own.
 */
export function s3Headers({ headers, query }: WireRequest): WireRequest['headers'] {
  const isChunked = headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true;
  const isPresigned = query.some(([name]) => name === 'X-Amz-Signature');
  if (!isChunked && !isPresigned) return headers;
  const result: Record<string, string | undefined> = { ...headers };
  if (isPresigned) {
    for (const [name, value] of query) {
      const header = name.toLowerCase();
      if (!header.startsWith('x-amz-') || SIGNATURE_PARAMETERS.has(header) || /^x-amz-(checksum-|sdk-checksum)/.test(header))
        continue;
      result[header] ??= value;
    }
  }
  if (isChunked) {
    const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
    const others = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked').join(',');
    result['content-encoding'] = others === '' ? undefined : others;
    result['content-length'] = headers['x-amz-decoded-content-length'];
  }
  return result;
}

/**
 * The headers that speak of the body. Those of CompleteMultipartUpload with a checksum speak of the object, of which the body lists the parts:
 * such is every operation that can state a checksum and has no contents to store.
 */
export function bodyHeaders({ input }: Operation, headers: WireRequest['headers']): WireRequest['headers'] {
  const isOfObject =
    input.members.some(({ traits }) => traits.httpHeader === 'x-amz-checksum-crc32') &&
    !input.members.some(({ traits }) => traits.httpPayload && traits.streaming);
  if (!isOfObject) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}
