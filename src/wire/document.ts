// Documents of JSON and CBOR against shapes: readers and writers, compiled once per shape. Strict in, whitelisting out.

import assert from 'node:assert/strict';
import { checkDepth, MalformedRequest } from './malformed.ts';
import type { ListShape, MapShape, Member, Shape, SimpleShape, StructureShape, TimestampFormat } from './model.ts';
import { checkNumber, setOwn } from './scalar.ts';

export type Reader = (value: unknown, depth: number) => unknown;
export type Writer = (value: unknown) => unknown;

/** What JSON and CBOR do differently. Readers answer undefined for what they cannot take. */
export interface DocumentFormat {
  memberName(member: Member): string;
  readBlob(value: unknown): Uint8Array | undefined;
  readTimestamp(value: unknown): Date | undefined;
  readBigInteger(value: unknown): bigint | undefined;
  writeBlob(value: Uint8Array): unknown;
  writeTimestamp(value: Date, format: TimestampFormat): unknown;
  writeNumber(value: number | bigint): unknown;
  /** Of a float: NaN and the infinities, which JSON spells as strings. */
  readFloat(value: unknown): number | undefined;
}

/** One format's codecs of all shapes. */
export class DocumentCodec {
  readonly #format: DocumentFormat;
  readonly #readers = new WeakMap<Shape, Reader>();
  readonly #writers = new WeakMap<Shape, Writer>();

  constructor(format: DocumentFormat) {
    this.#format = format;
  }

  /** A reader of the shape's members that pass `select`: all, or those which a REST binding leaves to the body. */
  structureReader(shape: StructureShape, select: (member: Member) => boolean): Reader {
    const name = shape.name;
    const isUnion = shape.kind === 'union';
    const members = shape.members.filter(select).map((member) => {
      const wireName = this.#format.memberName(member);
      assert(!(wireName in Object.prototype), `${name}.${wireName} would be read from a prototype`);
      return { name: member.name, wireName, read: this.reader(member) };
    });
    return (value, depth) => {
      checkDepth(depth);
      const source = asRecord(value, name);
      const result: Record<string, unknown> = {};
      let found = 0;
      for (const member of members) {
        const item = source[member.wireName];
        if (item === undefined || item === null) continue;
        result[member.name] = member.read(item, depth + 1);
        found++;
      }
      if (isUnion && found !== 1) throw new MalformedRequest(unionComplaint(name, found), 'value');
      return result;
    };
  }

  /** The reader of a member's value; its name is for complaints. */
  reader(member: Member): Reader {
    const { shape } = member;
    if (shape.kind === 'simple') return this.#simpleReader(shape, member);
    // Compiled at the first call: shapes may contain themselves.
    let compiled: Reader | undefined;
    return (value, depth) => (compiled ??= this.#aggregateReader(shape))(value, depth);
  }

  writer(member: Member): Writer {
    const { shape } = member;
    if (shape.kind === 'simple') return this.#simpleWriter(shape, member);
    let compiled: Writer | undefined;
    return (value) => (compiled ??= this.#aggregateWriter(shape))(value);
  }

  structureWriter(shape: StructureShape, select: (member: Member) => boolean): Writer {
    const members = shape.members
      .filter(select)
      .map((member) => ({ name: member.name, wireName: this.#format.memberName(member), write: this.writer(member) }));
    const name = shape.name;
    return (value) => {
      assert(typeof value === 'object' && value !== null, `a handler gave no object for ${name}`);
      const source = value as Record<string, unknown>;
      const result: Record<string, unknown> = {};
      for (const member of members) {
        const item = source[member.name];
        if (item !== undefined && item !== null) result[member.wireName] = member.write(item);
      }
      return result;
    };
  }

  #aggregateReader(shape: Exclude<Shape, SimpleShape>): Reader {
    const known = this.#readers.get(shape);
    if (known !== undefined) return known;
    const reader =
      shape.kind === 'list'
        ? this.#listReader(shape)
        : shape.kind === 'map'
          ? this.#mapReader(shape)
          : this.structureReader(shape, () => true);
    this.#readers.set(shape, reader);
    return reader;
  }

  #listReader(shape: ListShape): Reader {
    const readItem = this.reader(shape.item);
    return (value, depth) => {
      checkDepth(depth);
      if (!Array.isArray(value)) throw new MalformedRequest(`Expected list or null, found ${describe(value)} at ${shape.name}`);
      return value.map((item) => {
        if (item === null || item === undefined) throw new MalformedRequest(`A list must not contain null at ${shape.name}`);
        return readItem(item, depth + 1);
      });
    };
  }

  #mapReader(shape: MapShape): Reader {
    const readValue = this.reader(shape.value);
    return (value, depth) => {
      checkDepth(depth);
      const source = asRecord(value, shape.name);
      const result: Record<string, unknown> = {};
      for (const key of Object.keys(source)) {
        const item = source[key];
        if (item === null || item === undefined) throw new MalformedRequest(`A map must not contain null, found at ${shape.name}`);
        setOwn(result, key, readValue(item, depth + 1));
      }
      return result;
    };
  }

  #simpleReader({ type }: SimpleShape, { name }: Member): Reader {
    const format = this.#format;
    const complain = (value: unknown, wanted: string): never => {
      throw new MalformedRequest(`${describe(value)} can not be converted to ${wanted} at ${name}`);
    };
    switch (type) {
      case 'string':
        return (value) => (typeof value === 'string' ? value : complain(value, 'a String'));
      case 'boolean':
        return (value) => (typeof value === 'boolean' ? value : complain(value, 'a Boolean'));
      case 'integer':
      case 'long':
        return (value) =>
          (typeof value === 'number' ? checkNumber(value, type) : undefined) ??
          complain(value, type === 'integer' ? 'an Integer' : 'a Long');
      case 'float':
      case 'double':
      case 'number':
      case 'bigDecimal':
        return (value) => format.readFloat(value) ?? complain(value, 'a Number');
      case 'bigInteger':
        return (value) => format.readBigInteger(value) ?? complain(value, 'a BigInteger');
      case 'timestamp':
        return (value) => format.readTimestamp(value) ?? complain(value, 'a Timestamp');
      case 'blob':
        return (value) => format.readBlob(value) ?? complain(value, 'a Blob');
      case 'document':
        return (value, depth) => readFree(value, depth);
      case 'unit':
        return () => ({});
      default:
        return type satisfies never;
    }
  }

  #aggregateWriter(shape: Exclude<Shape, SimpleShape>): Writer {
    const known = this.#writers.get(shape);
    if (known !== undefined) return known;
    const writer = this.#newAggregateWriter(shape);
    this.#writers.set(shape, writer);
    return writer;
  }

  #newAggregateWriter(shape: Exclude<Shape, SimpleShape>): Writer {
    switch (shape.kind) {
      case 'structure':
      case 'union':
        return this.structureWriter(shape, () => true);
      case 'list': {
        const writeItem = this.writer(shape.item);
        return (value) => {
          assert(Array.isArray(value), `a handler gave no array for ${shape.name}`);
          return value.map((item) => (item === null || item === undefined ? null : writeItem(item)));
        };
      }
      case 'map': {
        const writeValue = this.writer(shape.value);
        return (value) => {
          assert(typeof value === 'object' && value !== null, `a handler gave no object for ${shape.name}`);
          const result: Record<string, unknown> = {};
          for (const [key, item] of Object.entries(value)) {
            if (item !== undefined) setOwn(result, key, item === null ? null : writeValue(item));
          }
          return result;
        };
      }
      default:
        return shape satisfies never;
    }
  }

  #simpleWriter({ type }: SimpleShape, { name, traits }: Member): Writer {
    const format = this.#format;
    switch (type) {
      case 'string':
        return (value) => checked(value, 'string', name);
      case 'boolean':
        return (value) => checked(value, 'boolean', name);
      case 'integer':
      case 'long':
      case 'float':
      case 'double':
      case 'number':
      case 'bigInteger':
      case 'bigDecimal':
        return (value) => {
          assert(typeof value === 'number' || typeof value === 'bigint', `a handler gave no number for ${name}`);
          return format.writeNumber(value);
        };
      case 'timestamp': {
        const timestampFormat = traits.timestampFormat ?? 'epoch-seconds';
        return (value) => {
          assert(value instanceof Date, `a handler gave no Date for ${name}`);
          return format.writeTimestamp(value, timestampFormat);
        };
      }
      case 'blob':
        return (value) => {
          assert(value instanceof Uint8Array, `a handler gave no bytes for ${name}`);
          return format.writeBlob(value);
        };
      case 'document':
        return (value) => value;
      case 'unit':
        return () => ({});
      default:
        return type satisfies never;
    }
  }
}

function checked(value: unknown, type: 'string' | 'boolean', name: string): unknown {
  assert(typeof value === type, `a handler gave no ${type} for ${name}`);
  return value;
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null)
    throw new MalformedRequest(`Expected a structure, found ${describe(value)} at ${name}`);
  if (Array.isArray(value)) throw new MalformedRequest(`Start of list found where not expected at ${name}`);
  return value as Record<string, unknown>;
}

/** A value without a shape: bounded in depth, otherwise as it came. */
function readFree(value: unknown, depth: number): unknown {
  checkDepth(depth);
  if (Array.isArray(value)) for (const item of value) readFree(item, depth + 1);
  else if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) readFree((value as Record<string, unknown>)[key], depth + 1);
  return value;
}

/** AWS's words for what its parser found. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'Start of list';
  if (value instanceof Uint8Array) return 'BINARY_VALUE';
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'FLOAT_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return 'Start of structure or map';
}

/** DynamoDB's attribute values are the one union that people write by hand, and these are its own sentences. */
function unionComplaint(name: string, found: number): string {
  if (name === 'AttributeValue') {
    return found === 0
      ? 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'
      : 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
  }
  return `${name} must have exactly one member, found ${found}`;
}
