// Requests and answers as the protocols see them, apart from any server.

import type { Readable } from 'node:stream';

export interface WireRequest {
  readonly method: string;
  /** As it came: still percent-encoded, without the query. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export type QueryParameter = readonly [name: string, value: string];

/** A body that was received whole, or one that the handler reads as it comes. */
export type WireBody = Uint8Array | AsyncIterable<Uint8Array>;

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Readable | AsyncIterable<Uint8Array> | undefined;
}

/** The query string decoded, in its order. Undefined where it is no percent-encoded UTF-8. */
export function parseQuery(query: string): QueryParameter[] | undefined {
  if (query === '') return [];
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=');
        return equals === -1 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
      });
  } catch {
    return undefined; // decodeURIComponent throws for nothing else
  }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}

export function findQuery(query: readonly QueryParameter[], name: string): string | undefined {
  return query.find(([known]) => known === name)?.[1];
}

/** Names that a header may have and values that it may carry: Node would throw at both, long after the decision was made. */
export function headerValue(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ');
  // oxlint-disable-next-line no-control-regex -- the range of latin1
  if (/^[\u0000-\u00ff]*$/.test(clean)) return clean;
  // RFC 2047, as S3 answers metadata that is not ASCII. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
  return `=?UTF-8?B?${Buffer.from(clean, 'utf8').toString('base64')}?=`;
}

/**
 * A header's value as text. Node reads bytes as latin1; botocore sends UTF-8, the JS SDK latin1, and both sign UTF-8: so it is UTF-8 where it can be.
 */
export function headerText(value: string): string {
  if (/^[\u0020-\u007e]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
