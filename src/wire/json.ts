// JSON bodies against shapes.

import { DocumentCodec } from './document.ts';
import type { DocumentFormat } from './document.ts';
import { MalformedRequest } from './malformed.ts';
import type { Member } from './model.ts';
import { dateFromSeconds, formatTimestamp, parseBase64, parseTimestamp, toBase64 } from './scalar.ts';

const FORMAT: Omit<DocumentFormat, 'memberName'> = {
  readBlob: (value) => (typeof value === 'string' ? parseBase64(value) : undefined),
  readTimestamp(value) {
    if (typeof value === 'number') return dateFromSeconds(value);
    return typeof value === 'string' ? parseTimestamp(value) : undefined;
  },
  // JSON.parse has rounded it already beyond 2^53; no operation of ours has one in its input.
  readBigInteger: (value) => (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined),
  readFloat(value) {
    if (typeof value === 'number') return value;
    return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
  },
  writeBlob: toBase64,
  writeTimestamp: (value, format) => (format === 'epoch-seconds' ? value.getTime() / 1000 : formatTimestamp(value, format)),
  writeNumber: (value) => (typeof value === 'bigint' ? Number(value) : Number.isFinite(value) ? value : String(value)),
};

/** The awsJson protocols name members as the model does. */
export const jsonCodec = new DocumentCodec({ ...FORMAT, memberName: (member: Member) => member.name });

/** restJson1 minds the trait jsonName. */
export const restJsonCodec = new DocumentCodec({
  ...FORMAT,
  memberName: (member: Member) => member.traits.jsonName ?? member.name,
});

/** An absent body is an empty structure, as AWS reads it. */
export function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown;
  } catch (error) {
    throw new MalformedRequest(`Could not parse request body into json: ${(error as Error).message}`);
  }
}

export function formatJson(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document), 'utf8');
}
