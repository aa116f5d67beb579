// Single values as text: numbers, booleans and timestamps in headers, queries and XML.

import type { NumberType, TimestampFormat } from './model.ts';

/** A number as its type allows it, or undefined. */
export function parseNumber(text: string, type: NumberType): number | bigint | undefined {
  switch (type) {
    case 'integer':
    case 'long':
      return /^[+-]?\d{1,19}$/.test(text) ? checkNumber(Number(text), type) : undefined;
    case 'bigInteger':
      return /^[+-]?\d{1,400}$/.test(text) ? BigInt(text) : undefined;
    case 'float':
    case 'double':
    case 'number':
    case 'bigDecimal':
      if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?$/.test(text) && text.length < 400 ? Number(text) : undefined;
    default:
      return type satisfies never;
  }
}

/** The number itself if its type can hold it. A long is exact here up to 2^53, as in every SDK for JavaScript. */
export function checkNumber(value: number, type: NumberType): number | undefined {
  switch (type) {
    case 'integer':
      return Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647 ? value : undefined;
    case 'long':
    case 'bigInteger':
      return Number.isInteger(value) ? value : undefined;
    case 'float':
    case 'double':
    case 'number':
    case 'bigDecimal':
      return value;
    default:
      return type satisfies never;
  }
}

export function parseBoolean(text: string): boolean | undefined {
  // Java's Boolean.toString and Python's str differ in case, and both are seen in queries.
  if (text === 'true' || text === 'True') return true;
  if (text === 'false' || text === 'False') return false;
  return undefined;
}

/** Any of the three formats, whichever the model names: AWS reads them all, and old clients mix them. */
export function parseTimestamp(text: string): Date | undefined {
  if (text.length > 64) return undefined;
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return dateFromSeconds(Number(text));
  if (!/^\d{4}-\d\d-\d\d|^[A-Z][a-z]{2}, \d\d[ -][A-Z][a-z]{2}/.test(text)) return undefined;
  // Without a zone, AWS means UTC, and Date local time.
  const zoned = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function dateFromSeconds(seconds: number): Date | undefined {
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function formatTimestamp(date: Date, format: TimestampFormat): string {
  switch (format) {
    case 'date-time':
      return date.toISOString();
    case 'http-date':
      return date.toUTCString();
    case 'epoch-seconds':
      return String(date.getTime() / 1000);
    default:
      return format satisfies never;
  }
}

/** The bytes, or undefined where the text is not base64: Buffer alone would skip what it does not know. */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 0x3d && text.length - length < 2) length--;
  return length % 4 !== 1 && bytes.length === Math.floor((length * 3) / 4) ? bytes : undefined;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Assigns without ever reaching a prototype: keys of maps are the caller's. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
