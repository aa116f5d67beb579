// CBOR (RFC 8949) as rpc-v2-cbor needs it, and a document codec over it. Own code, for its bounds: depth, and no allocation that the bytes do not back.

import { DocumentCodec } from './document.ts';
import { checkDepth, MalformedRequest } from './malformed.ts';
import type { Member } from './model.ts';
import { checkNumber, dateFromSeconds, setOwn } from './scalar.ts';

/** A tagged value; the only tag that the protocol uses is 1, seconds since the epoch. */
class Tagged {
  readonly tag: number;
  readonly value: unknown;

  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

const EPOCH_SECONDS = 1;

export const cborCodec = new DocumentCodec({
  memberName: (member: Member) => member.name,
  readBlob: (value) => (value instanceof Uint8Array ? value : undefined),
  readTimestamp(value) {
    const seconds = value instanceof Tagged && value.tag === EPOCH_SECONDS ? value.value : value;
    return typeof seconds === 'number' ? dateFromSeconds(seconds) : undefined;
  },
  readBigInteger: (value) => (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined),
  readFloat: (value) => (typeof value === 'number' ? checkNumber(value, 'double') : undefined),
  writeBlob: (value) => value,
  writeTimestamp: (value) => new Tagged(EPOCH_SECONDS, value.getTime() / 1000),
  writeNumber: (value) => (typeof value === 'bigint' ? Number(value) : value),
});

export function parseCbor(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  const parser = new CborParser(body);
  const value = parser.read(0);
  if (!parser.isAtEnd()) throw new MalformedRequest('The CBOR document is followed by other bytes.');
  return value;
}

const BREAK = Symbol('break');

class CborParser {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  read(depth: number): unknown {
    const value = this.#item(depth);
    if (value === BREAK) throw new MalformedRequest('A CBOR break stands outside an indefinite item.');
    return value;
  }

  #item(depth: number): unknown {
    checkDepth(depth);
    const head = this.#unsigned(1);
    const major = head >> 5;
    const info = head & 31;
    switch (major) {
      case 0:
        return this.#argument(info);
      case 1:
        return -1 - this.#argument(info);
      case 2:
        return info === 31 ? Buffer.concat(this.#chunks(2, depth)) : this.#slice(this.#argument(info));
      case 3:
        return (info === 31 ? Buffer.concat(this.#chunks(3, depth)) : this.#slice(this.#argument(info))).toString('utf8');
      case 4:
        return this.#array(info, depth);
      case 5:
        return this.#map(info, depth);
      case 6:
        return new Tagged(this.#argument(info), this.read(depth + 1));
      default:
        return this.#simple(info);
    }
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.#unsigned(1);
    if (info === 25) return this.#unsigned(2);
    if (info === 26) return this.#unsigned(4);
    if (info === 27) return Number(this.#take(8).readBigUInt64BE());
    throw new MalformedRequest('The CBOR document has a reserved length.');
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfFloat(this.#unsigned(2));
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      case 31:
        return BREAK;
      default:
        throw new MalformedRequest('The CBOR document has an unknown simple value.');
    }
  }

  #array(info: number, depth: number): unknown[] {
    const items: unknown[] = [];
    if (info === 31) {
      for (let item = this.#item(depth + 1); item !== BREAK; item = this.#item(depth + 1)) items.push(item);
    } else {
      // Every item takes a byte at least: a length that the bytes cannot hold ends there, before anything is allocated for it.
      for (let left = this.#argument(info); left > 0; left--) items.push(this.read(depth + 1));
    }
    return items;
  }

  #map(info: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    let left = info === 31 ? Infinity : this.#argument(info);
    for (; left > 0; left--) {
      const key = this.#item(depth + 1);
      if (key === BREAK && info === 31) break;
      if (typeof key !== 'string') throw new MalformedRequest('A key of a CBOR map is not a string.');
      setOwn(map, key, this.read(depth + 1));
    }
    return map;
  }

  #chunks(major: number, depth: number): Buffer[] {
    const chunks: Buffer[] = [];
    for (;;) {
      const head = this.#unsigned(1);
      if (head === 0xff) return chunks;
      if (head >> 5 !== major || (head & 31) === 31) throw new MalformedRequest('A CBOR string has a chunk of another kind.');
      checkDepth(depth);
      chunks.push(this.#slice(this.#argument(head & 31)));
    }
  }

  #unsigned(size: 1 | 2 | 4): number {
    return this.#take(size).readUIntBE(0, size);
  }

  /** A view, to be read at once. */
  #take(size: number): Buffer {
    if (size > this.#bytes.length - this.#at) throw new MalformedRequest('The CBOR document ends too early.');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  #slice(size: number): Buffer {
    return this.#take(size);
  }
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

export function formatCbor(document: unknown): Buffer {
  const parts: Buffer[] = [];
  write(document, parts);
  return Buffer.concat(parts);
}

function write(value: unknown, parts: Buffer[]): void {
  if (value === null || value === undefined) parts.push(Buffer.of(0xf6));
  else if (typeof value === 'boolean') parts.push(Buffer.of(value ? 0xf5 : 0xf4));
  else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    parts.push(head(3, bytes.length), bytes);
  } else if (value instanceof Uint8Array) {
    parts.push(head(2, value.length), Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  } else if (value instanceof Tagged) {
    parts.push(head(6, value.tag));
    write(value.value, parts);
  } else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const item of value) write(item, parts);
  } else {
    const entries = Object.entries(value);
    parts.push(head(5, entries.length));
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  }
}

function numberBytes(value: number): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value >= 0 ? head(0, value) : head(1, -1 - value);
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(major: number, argument: number): Buffer {
  const kind = major << 5;
  if (argument < 24) return Buffer.of(kind | argument);
  if (argument < 0x100) return Buffer.of(kind | 24, argument);
  const size = argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const bytes = Buffer.allocUnsafe(1 + size);
  bytes[0] = kind | (size === 2 ? 25 : size === 4 ? 26 : 27);
  if (size === 8) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, size);
  return bytes;
}
