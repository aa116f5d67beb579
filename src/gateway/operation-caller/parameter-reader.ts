// A task's parameters against an operation's shape: what handlers take of it, or what is wrong with it in Step Functions' words.

import type { MemberNames } from '#executions';
import { checkNumber, dateFromSeconds, parseNumber, parseTimestamp, setOwn } from '#wire';
import type { Member, Operation, Shape, SimpleShape, StructureShape } from '#wire';
import { isArray, isObject } from '#workflows';
import type { Json } from '#workflows';
import { shownName } from './sdk-names.ts';

/** Answers undefined after a complaint. */
type Reader = (value: Json, field: string, complaints: string[]) => unknown;

export type ReadParameters =
  | { readonly kind: 'read'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'unfit'; readonly complaints: readonly string[] };

const COMPLAINTS_MAX = 10;

export function readParameters(operation: Operation, names: MemberNames, parameters: Json): ReadParameters {
  const complaints: string[] = [];
  const input = readerOf(operation.input, names)(parameters, 'Parameters', complaints);
  return complaints.length === 0
    ? { kind: 'read', input: input as Readonly<Record<string, unknown>> }
    : { kind: 'unfit', complaints: complaints.slice(0, COMPLAINTS_MAX) };
}

const compiled: Readonly<Record<MemberNames, WeakMap<Shape, Reader>>> = { api: new WeakMap(), sdk: new WeakMap() };

/** Compiled once a shape. Shapes contain themselves: inner uses find their reader when they run. */
function readerOf(shape: Shape, names: MemberNames): Reader {
  const known = compiled[names].get(shape);
  if (known !== undefined) return known;
  const reader = newReader(shape, names);
  compiled[names].set(shape, reader);
  return reader;
}

function newReader(shape: Shape, names: MemberNames): Reader {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structureReader(shape, names);
    case 'list':
      return (value, field, complaints) => {
        if (!isArray(value)) return complain(complaints, field, 'a LIST');
        const read = readerOf(shape.item.shape, names);
        return value.map((item) => read(item, field, complaints));
      };
    case 'map':
      return (value, field, complaints) => {
        if (!isObject(value)) return complain(complaints, field, 'a MAP');
        const read = readerOf(shape.value.shape, names);
        const result: Record<string, unknown> = {};
        for (const [key, item] of Object.entries(value)) setOwn(result, key, read(item, key, complaints));
        return result;
      };
    case 'simple':
      return (value, field, complaints) => readSimple(shape, value, field, complaints);
    default:
      return shape satisfies never;
  }
}

function structureReader(shape: StructureShape, names: MemberNames): Reader {
  const members = new Map<string, Member>();
  // The API's own names are understood as well, where they are not another member's.
  for (const member of shape.members) members.set(shownName(shape, member, 'api'), member);
  for (const member of shape.members) members.set(shownName(shape, member, names), member);
  return (value, field, complaints) => {
    if (!isObject(value)) return complain(complaints, field, 'an OBJECT');
    const result: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const member = members.get(name);
      if (member === undefined) complaints.push(`The field '${name}' is not supported by Step Functions`);
      else if (item !== null) result[member.name] = readMember(member, names, item, name, complaints);
    }
    for (const member of shape.members)
      if (member.isRequired && !Object.hasOwn(result, member.name))
        complaints.push(`The field '${shownName(shape, member, names)}' is required but was missing`);
    if (shape.kind === 'union' && Object.keys(result).length !== 1)
      return complain(complaints, field, 'exactly one of its members');
    return result;
  };
}

function readMember(member: Member, names: MemberNames, value: Json, field: string, complaints: string[]): unknown {
  const { shape, traits } = member;
  const read = readerOf(shape, names)(value, field, complaints);
  // What is a header on the wire loses the case of its name, and has one that can be a header's; a path cannot have a part that is empty.
  if (traits.httpPrefixHeaders !== undefined && read !== undefined)
    return Object.keys(read as object).every((name) => HEADER_NAME.test(name))
      ? lowerCaseKeys(read as object)
      : complain(complaints, field, 'a MAP whose keys can be names of headers');
  return traits.httpLabel && read === '' ? complain(complaints, field, 'not be empty') : read;
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

function lowerCaseKeys(map: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toLowerCase(), value as unknown]));
}

function readSimple({ type }: SimpleShape, value: Json, field: string, complaints: string[]): unknown {
  switch (type) {
    case 'string':
      // Where the API has a text, documents are given as they are: messages, details of events, inputs of executions.
      // No wire carries half of a surrogate pair, which no handler expects then.
      if (typeof value === 'string') return value.toWellFormed();
      return typeof value === 'object' ? JSON.stringify(value) : complain(complaints, field, 'a STRING');
    case 'boolean':
      return typeof value === 'boolean' ? value : complain(complaints, field, 'a BOOLEAN');
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'number':
    case 'bigDecimal':
    case 'bigInteger': {
      const number =
        typeof value === 'number' ? checkNumber(value, type) : typeof value === 'string' ? parseNumber(value, type) : undefined;
      return number ?? complain(complaints, field, type === 'integer' || type === 'long' ? 'an INTEGER' : 'a NUMBER');
    }
    case 'timestamp': {
      const time =
        typeof value === 'number' ? dateFromSeconds(value) : typeof value === 'string' ? parseTimestamp(value) : undefined;
      return time ?? complain(complaints, field, 'a TIMESTAMP');
    }
    case 'blob':
      return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    case 'document':
      return value;
    case 'unit':
      return {};
    default:
      return type satisfies never;
  }
}

function complain(complaints: string[], field: string, what: string): undefined {
  complaints.push(`The value for the field '${field}' must ${what.startsWith('not ') ? what : `be ${what}`}`);
  return undefined;
}
