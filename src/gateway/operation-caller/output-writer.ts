// An operation's output as Step Functions shows it: members in Pascal case, times as texts, bytes as texts.

import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { MemberNames } from '#executions';
import { LIMITS } from '#kernel';
import { setOwn, toBase64 } from '#wire';
import type { Operation, Shape, SimpleShape, StructureShape } from '#wire';
import type { Json, JsonObject } from '#workflows';
import { shownName } from './sdk-names.ts';

type Values = Readonly<Record<string, unknown>>;
type Writer = (value: unknown) => Json;

/** Undefined where it is more than a state may have: a stream is read no further than that. */
export async function writtenOutput(operation: Operation, names: MemberNames, output: Values): Promise<JsonObject | undefined> {
  const stream = operation.output.members.find(({ traits }) => traits.streaming);
  const body = stream === undefined ? undefined : output[stream.name];
  if (stream === undefined || !isStream(body)) return writerOf(operation.output, names)(output) as JsonObject;
  const text = await textOf(body);
  return text === undefined ? undefined : (writerOf(operation.output, names)({ ...output, [stream.name]: text }) as JsonObject);
}

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Leaving the loop early closes the stream. */
async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > LIMITS.statePayloadBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const compiled: Readonly<Record<MemberNames, WeakMap<Shape, Writer>>> = { api: new WeakMap(), sdk: new WeakMap() };

function writerOf(shape: Shape, names: MemberNames): Writer {
  const known = compiled[names].get(shape);
  if (known !== undefined) return known;
  const writer = newWriter(shape, names);
  compiled[names].set(shape, writer);
  return writer;
}

function newWriter(shape: Shape, names: MemberNames): Writer {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structureWriter(shape, names);
    case 'list':
      return (value) => {
        assert(Array.isArray(value), `a handler gave no array for ${shape.name}`);
        const write = writerOf(shape.item.shape, names);
        return value.map((item) => (item === undefined || item === null ? null : write(item)));
      };
    case 'map':
      return (value) => {
        assert(typeof value === 'object' && value !== null, `a handler gave no object for ${shape.name}`);
        const write = writerOf(shape.value.shape, names);
        const result: Record<string, Json> = {};
        for (const [key, item] of Object.entries(value))
          if (item !== undefined) setOwn(result, key, item === null ? null : write(item));
        return result;
      };
    case 'simple':
      return (value) => writeSimple(shape, value);
    default:
      return shape satisfies never;
  }
}

function structureWriter(shape: StructureShape, names: MemberNames): Writer {
  const members = shape.members.map((member) => ({
    name: member.name,
    shown: shownName(shape, member, names),
    shape: member.shape,
  }));
  return (value) => {
    assert(typeof value === 'object' && value !== null, `a handler gave no object for ${shape.name}`);
    const source = value as Values;
    const result: Record<string, Json> = {};
    for (const { name, shown, shape: inner } of members) {
      const item = source[name];
      if (item !== undefined && item !== null) result[shown] = writerOf(inner, names)(item);
    }
    return result;
  };
}

function writeSimple({ type }: SimpleShape, value: unknown): Json {
  switch (type) {
    case 'timestamp':
      assert(value instanceof Date);
      return instantText(value);
    case 'blob':
      return typeof value === 'string' ? value : blobText(value);
    case 'unit':
      return {};
    case 'string':
    case 'boolean':
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'number':
    case 'bigInteger':
    case 'bigDecimal':
      if (typeof value === 'bigint') return Number(value);
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Json);
    case 'document':
      return value as Json;
    default:
      return type satisfies never;
  }
}

/** As Java prints an instant: without the milliseconds where there are none. */
function instantText(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

function blobText(value: unknown): string {
  assert(value instanceof Uint8Array, 'a handler gave no bytes');
  return isUtf8(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString() : toBase64(value);
}
