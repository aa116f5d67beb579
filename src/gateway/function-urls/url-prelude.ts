// The prelude of a streamed response: JSON with status, headers and cookies, then eight NUL bytes, then the body.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import type { Readable } from 'node:stream';
import { LIMITS } from '#kernel';
import { isFields, urlHead } from './url-head.ts';
import type { UrlHead } from './url-head.ts';

/** The content type that says that a prelude comes first. */
export const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
/** What a streamed body is where nobody says what it is. */
export const STREAM_TYPE = 'application/octet-stream';

const DELIMITER = Buffer.alloc(8);

export interface PreludeParts {
  readonly prelude: Buffer;
  readonly rest: Buffer;
}

/** Undefined where the bytes have no end of a prelude. */
export function splitPrelude(bytes: Buffer): PreludeParts | undefined {
  const end = bytes.indexOf(DELIMITER);
  if (end < 0 || end > LIMITS.streamPreludeBytes) return undefined;
  return { prelude: bytes.subarray(0, end), rest: bytes.subarray(end + DELIMITER.byteLength) };
}

/** Reads as far as the end of the prelude; undefined where the body ends before, or the prelude is larger than any may be. */
export async function readPrelude(body: Readable): Promise<PreludeParts | undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const part of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes = bytes.byteLength === 0 ? part : Buffer.concat([bytes, part]);
    const parts = splitPrelude(bytes);
    if (parts !== undefined) return parts;
    if (bytes.byteLength > LIMITS.streamPreludeBytes + DELIMITER.byteLength) return undefined;
  }
  return undefined;
}

export function preludeHead(prelude: Buffer): UrlHead | undefined {
  let document: unknown;
  try {
    document = JSON.parse(prelude.toString());
  } catch {
    return undefined; // No JSON, no head: the caller refuses it like every head that is wrong.
  }
  return isFields(document) ? urlHead({ ...document, statusCode: document['statusCode'] ?? 200 }, STREAM_TYPE) : undefined;
}
