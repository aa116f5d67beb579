// Pages: how many, from where on, and how names are written in them.

import { invalidArgument } from './operation.ts';

const INTEGER_MAX = 2_147_483_647;

/** What a client asks for, up to S3's own limit; nought is a page of nothing. */
export function pageLimit(name: string, asked: number | undefined, max: number): number {
  if (asked === undefined) return max;
  if (!Number.isInteger(asked) || asked < 0 || asked > INTEGER_MAX)
    throw invalidArgument(name, asked, `Argument ${name} must be an integer between 0 and ${INTEGER_MAX}`);
  return Math.min(asked, max);
}

/** An empty prefix, marker or delimiter is as good as none. */
export function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

export type NameWriter = (name: string) => string;

/**
 * With `encoding-type=url` names are percent-encoded, since XML cannot carry every character of a key. A space is `%20`: S3 writes
 * `+`, which not every client decodes, and all of them decode this.
 */
export function nameWriter(encodingType: string | undefined): NameWriter {
  if (encodingType === undefined) return (name) => name;
  if (encodingType !== 'url') throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  return (name) =>
    encodeURIComponent(name)
      .replaceAll('%2F', '/')
      .replace(/[!'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function optional<Value, Result>(value: Value | undefined, write: (value: Value) => Result): Result | undefined {
  return value === undefined ? undefined : write(value);
}

/** Opaque to clients; ours is the name that the page ended with. */
export function writeToken(name: string): string {
  return Buffer.from(`1:${name}`).toString('base64url');
}

export function readToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  if (text.startsWith('1:') && writeToken(text.slice(2)) === token) return text.slice(2);
  throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
}
