// What a function returned → an HTTP answer. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload

import { isFields, textOf, urlHead } from './url-head.ts';
import type { UrlHead } from './url-head.ts';
import { preludeHead, splitPrelude } from './url-prelude.ts';

export interface UrlAnswer extends UrlHead {
  readonly body: Uint8Array;
}

/** Undefined: the function's object says it is an answer and is none. The caller gets 502. */
export function urlAnswer(payload: Uint8Array): UrlAnswer | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const document = parsed(bytes.toString());
  if (document === undefined) return collectedAnswer(bytes);
  if (!isFields(document) || document['statusCode'] === undefined)
    return { status: 200, headers: ['content-type', 'application/json'], body: bytes };
  const head = urlHead(document, 'application/json');
  const content = bodyOf(document['body'], document['isBase64Encoded']);
  return head === undefined || content === undefined ? undefined : { ...head, body: content };
}

/** A response that its handler streamed and this URL buffers: what no JSON text can be, a prelude behind which everything may follow. */
function collectedAnswer(bytes: Buffer): UrlAnswer | undefined {
  const parts = splitPrelude(bytes);
  const head = parts && preludeHead(parts.prelude);
  return parts === undefined || head === undefined ? undefined : { ...head, body: parts.rest };
}

/** A runtime sends JSON; what a function wrote past it may be anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // No JSON text stands for undefined, so this is told apart from every answer.
  }
}

const EMPTY = Buffer.alloc(0);

function bodyOf(body: unknown, isBase64Encoded: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return EMPTY;
  const text = textOf(body);
  return text === undefined ? undefined : Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8');
}
